import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from sphcode.cli.main import main

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schemas" / "argmax.json").read_text())


@pytest.fixture
def head(tmp_path):
    rows = np.vstack([np.eye(3), -np.ones((1, 3)), [[0.1, 0.2, 0.1]]])
    np.save(tmp_path / "head.npy", rows)
    return str(tmp_path / "head.npy")


def test_verdicts_as_json(head, capsys):
    assert main(["compare", head, "--only-argmax", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    jsonschema.validate(answer, SCHEMA)
    assert answer["never"] == {"count": 1, "classes": [4]}
    assert answer["won"]["classes"] == [0, 1, 2, 3]
    assert answer["undecided"]["count"] == 0
    assert answer["sample"] is None


def test_verdicts_as_text(head, capsys):
    assert main(["compare", head, "--only-argmax"]) == 0
    out = capsys.readouterr().out
    assert "5 classes in dimension 3" in out
    assert "never       1: no feature does" in out
    assert "never classes: 4" in out
    assert "undecided" not in out


def test_a_sample(head, capsys):
    assert main(["compare", head, "--only-argmax", "--sample", "2", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["sample"] == 2
    assert sum(answer[name]["count"] for name in ("won", "never", "undecided")) == 2


def test_options_that_it_would_ignore_are_refused(head, capsys):
    assert main(["compare", head, "--only-argmax", "--center"]) == 2
    assert "--only-argmax does not go with --center" in capsys.readouterr().err
