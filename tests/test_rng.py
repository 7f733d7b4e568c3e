"""`rng` and `seed` are one argument with one default, in every function that takes them and on the command line."""

import inspect
import json

import numpy as np
import pytest

import sphcode
from sphcode import _rng
from sphcode.cli.main import build_parser, main
from sphcode.errors import InvalidInputError
from sphcode.margins.features import temperature_path
from sphcode.margins.lifted import lifted

SEEDED = [
    *(getattr(sphcode, name) for name in ("generate", "softmax_code", "ufm", "compare", "align", "assign")),
    sphcode.codebook,
    temperature_path,
    lifted,
]


@pytest.mark.parametrize("function", SEEDED, ids=lambda function: function.__name__)
def test_default_is_that_of_the_command_line(function):
    parameters = inspect.signature(function).parameters
    assert parameters["rng"].default is _rng.DEFAULT_SEED
    assert parameters["seed"].default is None
    for command in (["generate", "3", "4"], ["compare", "file"]):
        assert build_parser().parse_args(command).seed == _rng.DEFAULT_SEED == 0


def test_every_seeded_public_function_is_here():
    public = [getattr(sphcode, name) for name in sphcode.__all__]
    seeded = {each for each in public if inspect.isfunction(each) and "rng" in inspect.signature(each).parameters}
    assert seeded <= set(SEEDED)


def test_seed_is_rng(capsys):
    options = {"effort": 2000, "constructions": False}
    found = [sphcode.generate(3, 7, **options, **seed) for seed in ({}, {"rng": 0}, {"seed": 0}, {"seed": 5})]
    codes = [result.code.points.tobytes() for result in found]
    assert codes[0] == codes[1] == codes[2] != codes[3]
    assert main(["generate", "3", "7", "--effort", "2000", "--no-constructions", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["max_cosine"] == found[0].max_cosine


@pytest.mark.parametrize("rng", [0, 1, None, np.random.default_rng(0)])
def test_both_is_an_error(rng):
    with pytest.raises(InvalidInputError, match="`seed` must be left out when `rng`"):
        _rng.seed_sequence(rng, 0)


def test_errors_name_the_argument_that_was_given():
    with pytest.raises(InvalidInputError, match="`seed` must be None, an integer"):
        sphcode.generate(3, 4, seed=-1)
    with pytest.raises(InvalidInputError, match="`rng` must be None, an integer"):
        sphcode.generate(3, 4, rng=-1)


def test_none_is_a_new_seed_each_time():
    assert _rng.seed_sequence(None).entropy != _rng.seed_sequence(None).entropy
