"""The largest code under a max cosine."""

import json

import numpy as np
import pytest

from sphcode import generate
from sphcode.cli.main import main
from sphcode.errors import Status
from sphcode.search.largest import largest_code, largest_construction, slack


@pytest.mark.parametrize(
    ("dim", "cosine", "n_points"),
    [(2, np.cos(2 * np.pi / 5), 5), (3, 0.5, 12), (3, -0.4, 3), (4, 1 / 6, 10), (3, 0.3, 8)],
)
def test_search_alone_finds_the_largest_size(dim, cosine, n_points):
    result = generate(dim, max_cosine=cosine, rng=0, constructions=False, effort=20_000)
    assert result.code.n_points == n_points
    assert result.max_cosine <= cosine + slack(dim)


def test_kissing_configurations_start_from_constructions():
    assert generate(23, max_cosine=1 / 3, effort=1).code.n_points == 4600
    result = generate(4, max_cosine=0.5, rng=0, effort=2_000)
    assert (result.code.n_points, result.status) == (24, Status.FORMULA)


def test_lines():
    result = generate(3, max_cosine=5**-0.5, antipodal=True, rng=0, effort=20_000)
    assert result.code.n_points == 12
    np.testing.assert_allclose((result.code.points @ result.code.points.T).min(axis=1), -1.0, atol=1e-15)


def test_time_ends_the_tries():
    result = generate(3, max_cosine=0.9, rng=0, constructions=False, time_limit=2.0)
    assert result.code.n_points >= 2
    assert result.max_cosine <= 0.9 + slack(3)


def test_the_bisection_closes_on_the_last_success():
    tried = []

    class Found:
        status = Status.CONVERGED

        def __init__(self, size):
            tried.append(size)
            self.max_cosine = size / 100

    result = largest_code(lambda size, _: Found(size), 0.37, None, step=1, time_limit=None)
    assert result.max_cosine == 0.37
    assert tried == [2, 4, 8, 16, 32, 64, 48, 40, 36, 38, 37]
    assert largest_construction(lambda size: size / 100, 0.37) == 37
    assert largest_construction(lambda size: size / 100, 0.01) == 0


def test_command(capsys):
    assert main(["generate", "3", "--cosine", "0.5", "--effort", "2000", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["n_points"] == 12
    assert content["max_cosine"] <= 0.5
    assert main(["generate", "3"]) == 2
    assert main(["generate", "3", "12", "--cosine", "0.5"]) == 2
