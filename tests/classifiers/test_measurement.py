from dataclasses import replace

import naive
import numpy as np

from sphcode.classifiers.measure import measure
from sphcode.classifiers.measurement import counted, open_warnings


def test_open_classes_are_said():
    unit, raw = measure(3.0 * naive.random_unit(12, 3, seed=0), None)
    assert list(open_warnings(unit, raw)) == []
    certified = raw.distances.certified.copy()
    certified[4] = False
    opened = replace(raw.distances, certified=certified)
    (said,) = open_warnings(unit, replace(raw, distances=opened))
    assert said.startswith("of the rows as loaded, 1 of 12 distances are not certified: the minimum is from ")
    (said,) = open_warnings(replace(unit, distances=opened), raw)
    assert said.startswith("of the unit rows, 1 of 12 distances are not certified")


def test_classes_are_named_by_their_number_in_the_head():
    rows = np.vstack([np.zeros(3), np.eye(3), -np.eye(3), [[0.0, 0.0, 2.0]]])
    unit, raw = measure(rows, None)
    assert list(raw.zero_rows) == [0]
    assert unit.duplicates == [(3, 7)]
    assert list(unit.inside_hull) == [3, 7]
    assert unit.minimum == 0.0
    assert unit.min_distinct == 1.0
    assert set(unit.slack_classes) == {1, 2, 4, 5, 6}
    assert [line[:3] for line in unit.worst(2)] == [(3, 0.0, 7), (7, 0.0, 3)]
    assert unit.contact_pairs == [(3, 7)]


def test_counts_show_a_hundred():
    assert counted(list(range(250))) == {"count": 250, "first": list(range(100))}
