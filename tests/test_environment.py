import re
import shutil
from pathlib import Path

from sphcode import __version__, _environment


def test_the_version_of_what_a_search_runs(tmp_path, monkeypatch):
    version = _environment.code_version()
    assert re.fullmatch(rf"{re.escape(__version__)}\+[0-9a-f]{{12}}", version)
    home = Path(_environment.__file__).parent
    for room in _environment.SEARCHES:
        shutil.copytree(home / room, tmp_path / room)
    monkeypatch.setattr(_environment, "__file__", str(tmp_path / "_environment.py"))
    _environment.code_version.cache_clear()
    assert _environment.code_version() == version
    with (tmp_path / "search" / "settings.py").open("a") as stream:
        stream.write("#\n")
    _environment.code_version.cache_clear()
    assert _environment.code_version() != version
    _environment.code_version.cache_clear()
