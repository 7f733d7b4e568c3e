"""One browser for all checks; screenshots go to the folder that SPHCODE_SHOTS names, or are thrown away."""

import os
from pathlib import Path

import pytest
from browser.chromium import Chromium


@pytest.fixture(scope="session")
def chromium():
    with Chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def shots(tmp_path_factory):
    folder = Path(os.environ.get("SPHCODE_SHOTS") or tmp_path_factory.mktemp("shots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
