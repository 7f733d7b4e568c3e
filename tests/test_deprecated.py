"""Old names of arguments and fields work until 0.3 and warn the caller."""

import numpy as np
import pytest

from sphcode import bound, compare, generate, softmax_code
from sphcode.errors import InvalidInputError

SIMPLEX = np.vstack([np.eye(3), -np.ones((1, 3)) / np.sqrt(3)])


@pytest.mark.parametrize("search", [generate, softmax_code])
def test_time_is_time_limit(search):
    with pytest.warns(DeprecationWarning, match="argument `time` is called `time_limit` now") as caught:
        search(3, 4, time=10.0)
    assert caught[0].filename == __file__
    with pytest.raises(InvalidInputError, match="`time` must be left out when `time_limit`"):
        search(3, 4, time=10.0, time_limit=10.0)


@pytest.mark.parametrize(
    ("make", "old", "new"),
    [
        (lambda: generate(3, 7, effort=2000, constructions=False), "contacts", "n_contacts"),
        (lambda: bound(3, max_cosine=0.5), "max_cosine", "given_cosine"),
        (lambda: compare(SIMPLEX).unit, "contacts", "contact_pairs"),
        (lambda: compare(SIMPLEX).unit, "rattlers", "slack_classes"),
    ],
)
def test_old_fields_give_the_new(make, old, new):
    result = make()
    with pytest.warns(DeprecationWarning, match=f"this field is called `{new}` now") as caught:
        value = getattr(result, old)
    assert caught[0].filename == __file__
    np.testing.assert_array_equal(value, getattr(result, new))
    assert value is not None
