"""A few seeded trials of each kind; `nox -s fuzz` runs thousands."""

import numpy as np
import pytest
from fuzz import calls, damage, lines
from fuzz.runner import command_outcome, count, outcome

from sphcode.errors import InvalidInputError

SEED = 20261129


def test_calls():
    calls.call_rightly()
    assert count(calls.trials(SEED, 4 * len(calls.FUNCTIONS)), outcome) == []


def test_lines(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines.prepare(tmp_path)
    assert count(lines.trials(SEED, 105), command_outcome) == []


def test_files(tmp_path):
    (tmp_path / "good").mkdir()
    kinds = damage.prepare(tmp_path / "good")
    assert count(damage.trials(SEED, 10 * len(kinds), tmp_path / "good"), outcome) == []


def raises(error):
    def trial():
        raise error

    return trial


@pytest.mark.parametrize(
    "trial",
    [
        lambda: np.eye(3).no_such_thing,
        raises(InvalidInputError("two\nlines")),
        lambda: [].index(3),
    ],
)
def test_a_fault_is_called_one(trial):
    assert outcome(trial).startswith("FAULT")


@pytest.mark.parametrize(
    "trial",
    [
        lambda: 1,
        lambda: 2,
        lambda: print('{"a": NaN}') or 0,
        raises(InvalidInputError("left the command")),
        raises(SystemExit(1)),
        raises(ZeroDivisionError()),
    ],
)
def test_a_fault_of_a_command_is_called_one(trial):
    assert command_outcome(trial).startswith("FAULT")
