"""Codes of fewer dimensions on an equator, filled up: what they become, and how many are tried."""

import naive
import numpy as np
import pytest

from sphcode import construct
from sphcode.search.parents import Parent, layered
from sphcode.search.plan import make_plan
from sphcode.table.filled import KEPT, TRIES, filled

SEED = np.random.SeedSequence(3)


def octahedra(count):
    points = construct(3, 6).code().points
    return [Parent(points, 0.0, f"({number}, 6)") for number in range(count)]


def test_a_layer_is_nearly_an_equator_and_the_rest_is_in_its_holes():
    code = layered(construct(3, 6).code().points, 8, 4, np.random.default_rng(0))
    assert code.shape == (8, 4)
    np.testing.assert_allclose(np.linalg.norm(code, axis=1), 1.0, atol=1e-15)
    assert np.abs(code[:6, 3]).max() < 0.01
    # Both poles are left.
    assert np.abs(code[6:, 3]).min() > 0.9
    twice = layered(construct(3, 6).code().points, 9, 5, np.random.default_rng(0))
    assert np.abs(twice[:6, 3:]).max() < 0.01


def test_the_octahedron_becomes_the_cross_polytopes():
    for dim in (4, 5):
        codes, effort = filled(make_plan(dim, 2 * dim), octahedra(1), SEED, 1)
        assert codes[0].max_cosine == pytest.approx(0.0, abs=1e-12)
        assert codes[0].origin == "(0, 6) on an equator, filled up"
        assert effort > 0.0


def test_the_best_few_of_those_that_are_tried_come_back_best_first_and_are_the_same_again():
    plan = make_plan(4, 11)
    codes, effort = filled(plan, octahedra(TRIES + 5), SEED, 1)
    again, _ = filled(plan, octahedra(TRIES + 5), SEED, 1)
    assert len(codes) == KEPT
    assert [code.max_cosine for code in codes] == sorted(code.max_cosine for code in codes)
    for code, same in zip(codes, again, strict=True):
        np.testing.assert_array_equal(code.points, same.points)
        assert code.max_cosine == pytest.approx(naive.max_cosine(code.points), abs=1e-15)
        assert code.points.shape == (11, 4)
    assert effort < TRIES * 2000
    assert {code.origin for code in codes} != {code.origin for code in filled(plan, octahedra(TRIES + 5), SEED, 2)[0]}


def test_without_layers_there_is_nothing():
    assert filled(make_plan(4, 8), [], SEED, 1) == ([], 0.0)
