"""Command lines, right but for a token or two."""

from __future__ import annotations

import random
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from sphcode.cli.main import main

_LINES = (
    "generate 3 6 --effort 20 --no-constructions --seed 1 --workers 1 --target 0.5 -o out.npz --json --quiet",
    "generate 3 6 --effort 20 --symmetry cyclic-3 --prove --digits 5 -o out.json",
    "generate 3 --cosine 0.5 --effort 20 --antipodal",
    "refine code.npy -o out.txt --json",
    "construct simplex dim=3 -o out.json --json",
    "construct --for 4 10 -o out.safetensors",
    "constructions --json",
    "bound 4 12 --method closed-form --certificate out.json --json",
    "bound 4 --cosine 1/3 --method lp --degree 3 --antipodal --workers 1",
    "bound 3 13 --method three-point --degree 1 --checkpoint out.npz",
    "verify code.json --digits 5 --json",
    "verify certificate.json",
    "compare head.npz --key weight --bias bias --classes-axis 0 --center --names names.txt --seed 1 --workers 1 --json",
    "compare head.npy --features features.npy --labels labels.npy --sample 3 --scale 5 --fail-below 0.1",
    "compare head.npy --class-means head.npy --against code.npy --fail-below-ceiling 0.1 --report out.html",
    "show code.json --json",
    "show 3 12",
    "plot gram code.npy -o out.svg --key x",
    "plot angles code.npy -o out.html",
    "doctor --json",
    "version",
)
_TOKENS = (
    *("", "-", "--", "-1", "0", "1", "2.5", "1e3", "1e400", "nan", "-inf", "None", "1/0", "1/3", "0x3", "1_0", " 3"),
    *("9" * 30, "9" * 5000, "\u0663", "\udcff", "x", "=", "dim=x", "dim=99999999", "{}", "[1", "--json", "--help"),
    *("missing.npy", "folder", "empty.json", "broken.json", "nan.npy", "/dev/null", "/dev/full", "a\0b", "x" * 300),
    *("missing/out.npz", "folder/out.html", "x" * 300 + ".npz", "out.pdf", "out", "head.npy", "certificate.json"),
)  # fmt: skip


def prepare(folder: Path) -> None:
    """Write the files that the lines name into a folder."""
    import sphcode

    weights = np.random.default_rng(0).standard_normal((8, 4))
    code = sphcode.SphericalCode(weights / np.linalg.norm(weights, axis=1, keepdims=True))
    code.save(folder / "code.npy")
    code.save(folder / "code.json")
    np.save(folder / "head.npy", weights)
    np.savez(folder / "head.npz", weight=weights, bias=weights[:, 0])
    np.save(folder / "features.npy", np.repeat(weights, 3, axis=0))
    np.save(folder / "labels.npy", np.arange(24) // 3)
    np.save(folder / "nan.npy", weights * np.nan)
    (folder / "names.txt").write_text("\n".join("abcdefgh"))
    (folder / "empty.json").write_text("")
    (folder / "broken.json").write_text('{"schema": "sphcode.code/1", "points": [[1, 0], [1')
    (folder / "folder").mkdir()
    main(["bound", "4", "12", "--method", "closed-form", "--certificate", str(folder / "certificate.json")])


def trials(seed: int, count: int) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield `count` command lines, to be run in the folder that `prepare` filled."""
    rng = random.Random(seed)
    for index in range(count):
        words = shlex.split(_LINES[index % len(_LINES)])
        for _ in range(rng.choice([1, 1, 2, 3])):
            position = rng.randrange(1, len(words) + 1)
            change = rng.randrange(4)
            if change == 0 and len(words) > 2:
                del words[position - 1 if position > 1 else 1]
            elif change == 1:
                words.insert(position, rng.choice(_TOKENS))
            elif position < len(words):
                words[position] = rng.choice(_TOKENS)
        if "generate" in words and "--effort" not in words:
            words += ["--effort", "20"]
        yield f"sphcode {' '.join(word[:40] for word in words)!r}", lambda words=words: main(words)
