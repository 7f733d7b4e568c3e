"""sphcode compare: text, JSON, report, exit codes."""

import json
from importlib.resources import as_file, files
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from sphcode.cli.main import main

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schemas" / "compare.json").read_text())


@pytest.fixture
def head():
    with as_file(files("sphcode.data") / "examples" / "two_digits_scale10.safetensors") as path:
        yield str(path)


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.npy"
    np.save(path, np.random.default_rng(0).standard_normal((12, 4)))
    return str(path)


def test_the_last_line_is_the_claim(head, capsys):
    assert main(["compare", head]) == 0
    first = capsys.readouterr().out
    assert main(["compare", head]) == 0
    assert capsys.readouterr().out == first
    last = first.splitlines()[-1]
    assert last.startswith("min one-vs-rest 0.")
    assert " % of best " in last
    assert " % of the proven ceiling (" in last
    assert last in (Path(__file__).parents[2] / "README.md").read_text()


def test_json_keeps_to_its_schema_and_order(small, capsys):
    assert main(["compare", small, "--json", "--quiet"]) == 0
    content = json.loads(capsys.readouterr().out)
    jsonschema.validate(content, SCHEMA)
    assert list(content)[: len(SCHEMA["required"])] == SCHEMA["required"]


def test_several_files_give_one_row_each(small, head, capsys):
    assert main(["compare", small, head, "--quiet"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith(small)
    assert lines[2].startswith(head)
    assert main(["compare", small, head, "--quiet", "--json"]) == 0
    objects = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["path"] for one in objects] == [small, head]


def test_warnings_go_to_stderr_and_quiet_silences_them(small, capsys):
    main(["compare", small])
    assert "normalised" in capsys.readouterr().err
    main(["compare", small, "--quiet"])
    assert capsys.readouterr().err == ""


def test_a_report_is_written(small, tmp_path, capsys):
    path = tmp_path / "page.html"
    assert main(["compare", small, "--report", str(path)]) == 0
    assert path.read_text().startswith("<!doctype html>")
    assert main(["compare", small, "--report", str(tmp_path / "missing" / "page.html")]) == 6


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        (["--fail-below", "0.01"], 0),
        (["--fail-below", "0.999"], 4),
        (["--fail-below-ceiling", "0.01"], 0),
        (["--fail-below-ceiling", "0.999"], 4),
    ],
)
def test_the_exit_code_judges_the_ratios(small, capsys, flags, code):
    assert main(["compare", small, "--quiet", *flags]) == code
    captured = capsys.readouterr()
    assert captured.out.splitlines()[-1].startswith("min one-vs-rest")
    assert (code == 0) == (captured.err == "")


def test_a_ratio_that_does_not_exist_cannot_be_judged(tmp_path, capsys):
    path = tmp_path / "biased.npz"
    rng = np.random.default_rng(0)
    np.savez(path, **{"fc.weight": rng.standard_normal((12, 4)), "fc.bias": rng.standard_normal(12)})
    assert main(["compare", str(path), "--fail-below", "0.1"]) == 2
    assert "no ratio" in capsys.readouterr().err


def test_names_and_a_reference_come_from_files(small, tmp_path, capsys):
    names = tmp_path / "names.txt"
    names.write_text("".join(f"thing {index}\n" for index in range(12)))
    code = tmp_path / "code.npy"
    np.save(code, np.vstack([np.eye(4), -np.eye(4), 0.5 * np.ones((1, 4)), [[0.5, 0.5, 0.5, -0.5]], *np.zeros((0, 4))]))
    assert main(["compare", small, "--names", str(names), "--quiet"]) == 0
    assert "thing " in capsys.readouterr().out
    assert main(["compare", small, "--against", str(code), "--quiet"]) == 2
    assert "12 points" in capsys.readouterr().err


@pytest.mark.parametrize("flags", [["--names", "missing.txt"], ["--features", "missing.npy"], ["--key", "nope"]])
def test_bad_options_give_one_line(small, capsys, flags):
    assert main(["compare", small, *flags]) == 2
    captured = capsys.readouterr()
    assert len(captured.err.splitlines()) == 1
    assert captured.out == ""


def test_a_long_run_says_so_first_and_names_the_alternative(small, capsys, monkeypatch):
    monkeypatch.setattr("sphcode.classifiers.compare.SECONDS_PER_PRODUCT", 10.0)
    main(["compare", small])
    assert "about 96 minutes; --sample M" in capsys.readouterr().err.splitlines()[0]
    main(["compare", small, "--sample", "5"])
    assert "minutes" not in capsys.readouterr().err


def test_complex_lines_are_measured_as_lines_or_as_points(tmp_path, capsys):
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((7, 2)) + 1j * rng.standard_normal((7, 2))
    path = tmp_path / "lines.npy"
    np.save(path, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    assert main(["compare", str(path), "--complex"]) == 0
    assert "7 complex lines in dimension 2" in capsys.readouterr().out
    assert main(["compare", str(path), "--complex", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["welch_bound"] <= facts["coherence"] <= 1
    assert main(["compare", str(path), "--as-points", "--quiet"]) == 0
    assert "28 classes in dimension 4" in capsys.readouterr().out
    assert main(["compare", str(path), "--complex", "--center"]) == 2
    assert "--complex and --center exclude each other" in capsys.readouterr().err
    assert main(["compare", str(path), "--as-points", "--key", "a"]) == 2


def test_a_bias_is_named_in_every_line_it_concerns(tmp_path, capsys):
    rng = np.random.default_rng(0)
    path, zero = tmp_path / "biased.npz", tmp_path / "zero.npz"
    rows = rng.standard_normal((12, 4))
    np.savez(path, **{"fc.weight": rows, "fc.bias": rng.standard_normal(12)})
    np.savez(zero, **{"fc.weight": rows, "fc.bias": np.zeros(12)})
    assert main(["compare", str(path), "--quiet"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "tensor        fc.weight: it is named like a head (fc)" in lines
    assert any(line.startswith("ceiling") and line.endswith("(of the class vectors alone)") for line in lines)
    assert any("true of these vectors, not of the decisions of the classifier" in line for line in lines)
    assert lines[-1].startswith("class vectors alone, without the bias: min one-vs-rest 0.")
    assert main(["compare", str(zero), "--quiet"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "bias          the same for all classes, which changes no decision" in lines
    assert lines[-1].startswith("min one-vs-rest 0.")
    assert main(["compare", str(path), str(zero), "--quiet"]) == 0
    table = capsys.readouterr().out.splitlines()
    assert table[1].endswith("%*")
    assert table[2].endswith("%")
    assert table[3].startswith("* about the class vectors alone")
    assert main(["compare", str(path), "--report", str(tmp_path / "r.html"), "--quiet"]) == 0
    assert "The bar is about the class vectors alone" in (tmp_path / "r.html").read_text()
