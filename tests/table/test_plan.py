from collections import Counter

from sphcode.codes.store import Case
from sphcode.table.plan import planned_cases


def test_the_rows_of_the_shipped_table():
    cases = planned_cases()
    assert list(cases) == sorted(set(cases))
    assert len(cases) > 1000
    assert {Case("points", 3, n) for n in (*range(4, 131), 144, 150, 200, 492)} <= set(cases)
    assert {Case("points", dim, n) for dim in range(4, 9) for n in range(4, 65)} <= set(cases)
    assert {Case("points", dim, n) for dim in range(9, 25) for n in range(4, 49)} <= set(cases)
    assert {Case("points", dim, n) for dim in range(9, 18) for n in range(49, 101)} <= set(cases)
    assert {Case("lines", dim, n) for dim in range(3, 9) for n in range(2, 33)} <= set(cases)
    assert max(Counter(case.dim for case in cases if case.kind == "points")) <= 60


def test_published_rows_and_what_has_a_formula():
    cases = set(planned_cases())
    for dim, n_points in ((17, 85), (19, 77), (13, 1154), (18, 8358), (24, 196560), (12, 840), (22, 275), (10, 192)):
        assert Case("points", dim, n_points) in cases
    # No construction gives what is published there.
    assert Case("points", 11, 604) not in cases
    assert Case("points", 12, 841) not in cases
