import json

import pytest

from sphcode import _certificates


def test_every_name_has_a_content():
    assert len(_certificates.names()) > 60
    assert all(json.loads(_certificates.content(name))["dim"] for name in _certificates.names())


@pytest.mark.parametrize("name", ["3-5000.json", "index.csv", "3.jsonl", "../reference/best_known.json", ""])
def test_other_names_have_none(name):
    assert _certificates.content(name) is None
