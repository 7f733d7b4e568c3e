import numpy as np
import pytest

from sphcode.kernels.group_actions import fixed_points
from sphcode.symmetry import catalogue
from sphcode.symmetry.coset_spaces import _elements, _Listed, coset_spaces
from sphcode.symmetry.irreducibles import representations


def rows(name):
    return [np.array(g) for g in catalogue.generators(name)]


@pytest.mark.parametrize("name", ["S4", "M11"])
def test_coset_spaces_are_transitive_actions_of_one_group(name):
    spaces = coset_spaces(rows(name), np.random.default_rng(0))
    sizes = [space.shape[1] for space in spaces]
    assert sizes[0] == 1
    assert sizes == sorted(sizes)
    if name == "S4":
        # One for each class of subgroups.
        assert len(sizes) >= 10
    for space in spaces:
        assert np.array_equal(np.sort(space, axis=1), np.tile(np.arange(space.shape[1]), (len(space), 1)))


@pytest.mark.parametrize("name", ["S4", "SL(2,5)"])
def test_cosets_of_a_subgroup(name):
    generators = np.array(rows(name))
    elements = [tuple(element) for element in _elements(generators)]
    listed = _Listed(generators, np.array(elements))
    for number in (1, 7, len(elements) - 1):
        h = np.array(elements[number])
        subgroup, power = {tuple(h)}, h
        while len(subgroup | {tuple(power := power[h])}) > len(subgroup):
            subgroup.add(tuple(power))
        cosets = []
        for element in elements:
            coset = frozenset(tuple(np.array(left)[list(element)]) for left in subgroup)
            if coset not in cosets:
                cosets.append(coset)
        moved = [
            [cosets.index(frozenset(tuple(np.array(e)[g]) for e in coset)) for coset in cosets] for g in generators
        ]
        assert np.array_equal(listed.cosets([h]), moved)


def test_fixed_points_of_words():
    rng = np.random.default_rng(3)
    generators = np.array([rng.permutation(12) for _ in range(3)])
    words, counts = rng.integers(0, 3, (20, 4)), np.empty(20, np.int64)
    fixed_points(generators, words, counts)
    matrices = np.eye(12, dtype=int)[generators]
    assert counts.tolist() == [np.trace(np.linalg.multi_dot(matrices[word])) for word in words]


@pytest.mark.parametrize("name", ["A5", "PSL(2,7)", "SL(2,5)", "2^4:15"])
def test_tables_are_the_inner_products_of_points(name):
    group = representations(rows(name))
    rng = np.random.default_rng(1)
    usable = [k for k, degree in enumerate(group.degrees) if degree > 1]
    for _ in range(12):
        parts = tuple(sorted(rng.choice(usable, 2)))
        fixed = group.fixed[list(parts)].sum(axis=0)
        kinds = [i for i in range(len(group.spaces)) if fixed[i]]
        i, j = (int(x) for x in rng.choice(kinds, 2))
        left, right = (rng.standard_normal(fixed[x]) for x in (i, j))
        left, right = left / np.linalg.norm(left), right / np.linalg.norm(right)
        products = np.einsum("a,rab,b->r", left, group.tables(parts, i, j), right)
        points = group.points(parts, (i, j), (left, right))
        size = int(group.sizes[i])
        whole = points[:size] @ points[size:].T
        assert abs(whole.max() - products.max()) < 1e-12
        assert np.abs(np.sort(whole[0]) - np.sort(np.repeat(products, group.relations(i, j)[1]))).max() < 1e-12
        assert np.abs(np.linalg.norm(points, axis=1) - 1).max() < 1e-12


def test_the_same_twice():
    first, second = representations(rows("A5")), representations(rows("A5"))
    assert first.degrees == second.degrees
    assert all(np.array_equal(a, b) for a, b in zip(first.maps[-1], second.maps[-1], strict=True))
