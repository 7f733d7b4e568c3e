"""`-o -`: the code alone is on stdout, as JSON, and the next command reads it."""

import io
import json
import sys

import pytest

from sphcode.cli.main import main

PIPED = [
    "generate 3 6 -o -",
    "generate 3 5 --effort 50 --no-constructions --prove -o - -q",
    "construct --for 3 12 -o -",
    "construct simplex dim=3 -o -",
]


def feed(monkeypatch, text):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


@pytest.mark.parametrize("line", PIPED)
def test_a_code_goes_through_pipes(line, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert main(line.split()) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert json.loads(out)["schema"] == "sphcode.code/1"
    for following in ("verify -", "show - --json", "refine - -o -", "show - -o -"):
        feed(monkeypatch, out)
        assert main(following.split()) == 0
        printed = capsys.readouterr().out
        if following.endswith("-o -"):
            assert json.loads(printed)["schema"] == "sphcode.code/1"
            assert len(json.loads(printed)["points"]) == len(json.loads(out)["points"])
    assert list(tmp_path.iterdir()) == []


def test_a_proven_code_on_stdout_is_its_certificate(capsys):
    assert main(["generate", "3", "6", "--prove", "-o", "-"]) == 0
    assert "claim" in json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("line", ["generate 3 6", "construct simplex dim=3", "show 3 6"])
def test_two_objects_on_stdout_are_refused(line, capsys):
    assert main([*line.split(), "-o", "-", "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "give one of --json and -o -" in err
