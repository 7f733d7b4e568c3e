"""sphcode doctor: what is installed, and whether kernels can be cached."""

import json
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from sphcode.cli import doctor
from sphcode.cli.main import main

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schemas" / "doctor.json").read_text())


def test_json_keeps_to_its_schema(capsys):
    assert main(["doctor", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    jsonschema.validate(content, SCHEMA)
    assert content["versions"]["numpy"] == np.__version__
    assert content["table"]["rows"] > 100


def test_a_cache_that_cannot_be_written_is_said(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    main(["doctor"])
    assert f"{tmp_path}, writable" in capsys.readouterr().out
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "missing" / "deeper"))
    main(["doctor"])
    assert "deeper, writable" in capsys.readouterr().out, "numba would make it"
    (tmp_path / "missing").touch()
    main(["doctor"])
    assert "NOT writable" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the rule of XDG")
def test_where_the_package_cannot_be_written_the_users_cache_folder_is_named(capsys, monkeypatch, tmp_path):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    writable = doctor._writable
    monkeypatch.setattr(doctor, "_writable", lambda folder: "kernels" not in folder.parts and writable(folder))
    main(["doctor", "--json"])
    assert json.loads(capsys.readouterr().out)["kernel_cache"] == {"folder": str(tmp_path / "numba"), "writable": True}


def test_missing_optional_packages_are_named_with_their_extra(capsys, monkeypatch):
    monkeypatch.setattr("sphcode._environment.version_of", lambda package: None)
    main(["doctor"])
    assert "jinja2        not installed; optional  [report]" in capsys.readouterr().out
