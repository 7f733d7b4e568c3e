import numpy as np
import pytest

from sphcode.search.groups import closure
from sphcode.search.point_groups import generators, random_name


@pytest.mark.parametrize(
    ("name", "order", "rotations"),
    [("C1", 1, 1), ("Ci", 2, 1), ("Cs", 2, 1), ("C5", 5, 5), ("C5v", 10, 5), ("C5h", 10, 5), ("S8", 8, 4), ("D2", 4, 4),
     ("D5", 10, 10), ("D5h", 20, 10), ("D5d", 20, 10), ("D2d", 8, 4), ("T", 12, 12), ("Td", 24, 12), ("Th", 24, 12),
     ("O", 24, 24), ("Oh", 48, 24), ("I", 60, 60), ("Ih", 120, 60)],
)  # fmt: skip
def test_orders_and_rotations(name, order, rotations):
    elements = closure(generators(name), 120)
    assert len(elements) == order
    assert np.abs(np.einsum("aij,akj->aik", elements, elements) - np.eye(3)).max() < 1e-12
    assert int(np.sum(np.linalg.det(elements) > 0)) == rotations


def test_groups_with_the_same_order_differ():
    has_minus = {name: np.abs(closure(generators(name), 120) + np.eye(3)).max(axis=(1, 2)).min() < 1e-9
                 for name in ("Td", "Th", "O", "D5d", "D5h", "D2d", "D4")}  # fmt: skip
    assert {name for name, has in has_minus.items() if has} == {"Th", "D5d"}


@pytest.mark.parametrize("name", ["S5", "S8v", "I2", "C", "C0", "D1000", "ih", ""])
def test_no_such_group(name):
    assert generators(name) is None


def test_random_names_are_groups_and_rotations_of_polyhedra_come_often_for_many_points():
    rng = np.random.default_rng(0)
    few, many = ([random_name(rng, n_points) for _ in range(300)] for n_points in (111, 480))
    assert all(generators(name) for name in few + many)
    assert sum(name in ("I", "O", "T") for name in many) > 100
    assert sum(name in ("C2", "C3", "D2", "D3") for name in few) > 60
    assert min(len(set(few)), len(set(many))) > 20
