import base64
import json
import re

import numpy as np

from sphcode.codes.store import COLUMNS, Case, Row, write_store
from sphcode.figures.table_page import table_page


def row(case, **values):
    texts = dict.fromkeys(COLUMNS, "")
    facts = {"kind": case.kind, "dim": case.dim, "n_points": case.n_points, "max_cosine": "0.5", "ceiling": "0.4"}
    return Row(**{**texts, **facts, **values})


def test_the_page_holds_rows_and_points_and_no_address(tmp_path):
    case, other = Case("points", 3, 4), Case("lines", 4, 5)
    points = np.random.default_rng(0).normal(size=(4, 3))
    rows = [row(case, public_source="</script><b>"), row(other)]
    page = table_page(write_store(tmp_path, rows, {case: points}, {}), rows)
    data = json.loads(re.search(r'<script id="data" type="application/json">(.*?)</script>', page, re.S)[1])
    assert [entry["n_points"] for entry in data] == [4, 5]
    assert data[0]["public_source"] == "</script><b>"
    np.testing.assert_array_equal(np.frombuffer(base64.b64decode(data[0]["points"])).reshape(4, 3), points)
    assert data[1]["points"] == ""
    assert not re.search(r"(src|href)=|https?://(?!www\.w3\.org/2000/svg)", page)
