"""`python -m sphcode`, and the command `sphcode`."""

import os
import sys
import threading

#: The exit code of a command that SIGINT ends: 128 + its number, as shells have it.
INTERRUPTED = 130


def run() -> int:
    """Run the command line; Ctrl-C is silent even while its modules are loaded."""
    try:
        from sphcode.cli.main import main

        code = main()
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == INTERRUPTED and threading.active_count() > 1:
        # A thread that compiles a kernel cannot be stopped, and must not meet the end of the interpreter.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


if __name__ == "__main__":
    sys.exit(run())
