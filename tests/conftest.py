"""Settings of all tests."""

import os
import signal

from hypothesis import settings

# A shell starts background jobs with SIGINT ignored, and commands would inherit that: tests of Ctrl-C need it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes depends on the machine and on what else runs there.
settings.register_profile("sphcode", deadline=None)
settings.load_profile("sphcode")


def pytest_sessionfinish(session):
    """With SPHCODE_NO_SKIPS (nox sessions that install every package) a test that is skipped fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("SPHCODE_NO_SKIPS") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = 1
