import numpy as np

from sphcode.margins.membership import proves_membership


def test_a_point_just_outside_is_not_proven_inside():
    rng = np.random.default_rng(5)
    for dim in (2, 5, 20):
        rows = rng.standard_normal((dim + 1, dim))
        weights = rng.dirichlet(np.ones(dim + 1))
        none = np.zeros(dim + 1)
        assert proves_membership(weights @ rows, rows, none)
        weights[0] = -1e-13
        weights /= weights.sum()
        assert not proves_membership(weights @ rows, rows, none)
    edge = np.array([[0.0, 0.0], [1.0, 1.0]])
    assert proves_membership(np.array([0.25, 0.25]), edge, np.zeros(2))
    assert not proves_membership(np.array([0.25, np.nextafter(0.25, 1)]), edge, np.zeros(2))
    assert not proves_membership(np.array([0.25, 0.25]), edge, np.array([-3.0, 8.0]))
    assert proves_membership(np.array([0.25, 0.25]), edge, np.array([-3.0, 9.0]))
