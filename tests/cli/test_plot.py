"""sphcode plot: every kind in every format, and one clear line for what cannot be drawn."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from sphcode import construct
from sphcode.cli.main import main


@pytest.fixture
def code(tmp_path):
    return str(construct(3, 12).code().save(tmp_path / "code.json"))


@pytest.fixture
def heads(tmp_path):
    paths = []
    for seed in range(2):
        paths.append(str(tmp_path / f"head{seed}.npy"))
        np.save(paths[-1], np.random.default_rng(seed).standard_normal((12, 3)))
    return paths


@pytest.mark.parametrize("kind", ["sphere", "gram", "angles", "one-vs-rest", "bounds"])
def test_every_kind_is_drawn_from_a_code_and_from_a_head(kind, code, heads, tmp_path):
    for index, source in enumerate([code, heads[0]]):
        path = tmp_path / f"{kind}{index}.svg"
        assert main(["plot", kind, source, "-o", str(path)]) == 0
        assert ElementTree.parse(path).getroot().tag.endswith("svg")


def test_a_path_of_heads(heads, tmp_path):
    path = tmp_path / "path.png"
    assert main(["plot", "path", *heads, "-o", str(path)]) == 0
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", ["sphere", "gram"])
def test_a_page_loads_nothing(kind, code, tmp_path):
    path = tmp_path / "page.html"
    assert main(["plot", kind, code, "-o", str(path)]) == 0
    page = path.read_text()
    assert not re.search(r"<(script|img|link|iframe)[^>]+(src|href)=", page)


def test_cells_and_holes_are_shown_when_asked_for(code, tmp_path):
    path = tmp_path / "page.html"
    assert main(["plot", "sphere", code, "-o", str(path), "--holes"]) == 0
    assert '"cells": false, "holes": true' in path.read_text()


def test_the_same_code_gives_the_same_bytes(code, tmp_path):
    for suffix in ("svg", "png", "pdf"):
        paths = [tmp_path / f"{name}.{suffix}" for name in "ab"]
        for path in paths:
            main(["plot", "angles", code, "-o", str(path)])
        assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize(
    "words",
    [
        "gram missing.json -o {out}/bad.svg",
        "gram {code} -o {out}/bad.docx",
        "gram {code} {code} -o {out}/bad.svg",
        "path {head} {code} -o {out}/bad.svg",
        "sphere {out}/zero.npy -o {out}/bad.svg",
        "sphere {code} -o {out}/bad.svg --cells",
        "gram {code} -o {out}/bad.html --holes",
    ],
)
def test_bad_requests_give_one_line(words, code, heads, tmp_path, capsys):
    np.save(tmp_path / "zero.npy", np.vstack([np.eye(3), np.zeros((1, 3))]))
    arguments = words.format(code=code, head=heads[0], out=tmp_path).split()
    assert main(["plot", *arguments]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not list(tmp_path.glob("bad.*"))
