"""A comparison checks the head's matrix where it comes in, not in every room that it goes through."""

import sys
from collections import Counter

import naive
import numpy as np

import sphcode
from sphcode import _validate, compare


def test_rooms_do_not_check_the_head_again(monkeypatch):
    rows = naive.random_unit(24, 7, seed=0) * 3.0
    compare(rows)  # what is kept between calls is made
    calls, check = Counter(), _validate.as_matrix

    def counted(values, name):
        calls[sys._getframe(1).f_code.co_name] += np.shape(values) == rows.shape
        return check(values, name)

    for module in [each for key, each in sys.modules.items() if key.startswith("sphcode.")]:
        if getattr(module, "as_matrix", None) is check:
            monkeypatch.setattr(module, "as_matrix", counted)
    sphcode.compare(rows)
    assert calls["as_head"] + calls["measure"] == 2  # the array that was given, the head's weight
    assert calls["one_vs_rest"] == calls["gnc3"] == calls["unit_rows"] == 0
    assert calls["nearest"] == 1
    assert sum(calls.values()) <= 9, calls
