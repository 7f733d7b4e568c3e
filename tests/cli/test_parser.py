"""Mistakes are told in the words of the command line, with a guess at what was meant."""

import pytest

from sphcode.cli.main import main


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("genrate 3 4", "did you mean generate?"),
        ("generate 3 6 --sede 1", "unrecognized arguments: --sede 1; did you mean --seed?"),
        ("generate 3 6 --sede=1", "did you mean --seed?"),
        ("plot spere x.npy -o x.svg", "did you mean sphere?"),
        ("construct e9", "near to it: e"),
        ("construct kerdok", "near to it: kerdock"),
        ("generate 3 6 -o x.docx", "generate: -o must be a file name ending in"),
        ("generate 3", "N must be given when --cosine is not"),
        ("generate 1 5", "DIM must be an integer from 2 to 1000000, got 1"),
        ("bound 3 6 --method lpp", "--method must be one of best, closed-form, lp, three-point, got 'lpp'"),
        ("generate 3 7 --effort 0", "--effort must be a finite number >= 1, got 0.0"),
        ("generate 3 7 --seed -1", "--seed must be"),
        ("bound 3 --cosine 2", "--cosine must be a number >= -1 and < 1"),
    ],
)
def test_the_words_of_the_command_line(line, said, capsys):
    try:
        code = main(line.split())
    except SystemExit as stop:
        code = stop.code
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert said in err
    assert "`" not in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("word", ["xyz", "9"])
def test_no_guess_where_nothing_is_near(word, capsys):
    with pytest.raises(SystemExit):
        main([word])
    assert "did you mean" not in capsys.readouterr().err


def test_verbose_tells_where_an_error_arose(capsys):
    assert main(["generate", "1", "5", "-v"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("Traceback")
    assert err.splitlines()[-1].startswith("sphcode generate: DIM must be")


def test_a_written_file_is_named_unless_quiet(tmp_path, capsys):
    path = tmp_path / "code.npz"
    assert main(["construct", "simplex", "dim=3", "-o", str(path)]) == 0
    assert capsys.readouterr().err == f"wrote {path}\n"
    for quiet in ("-q", "--quiet"):
        assert main(["construct", "simplex", "dim=3", "-o", str(path), quiet]) == 0
        assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "command", [["generate", "3", "7"], ["compare", "x.npy"], ["bound", "3", "7"], ["doctor", "--warm"]]
)
@pytest.mark.parametrize("text", ["0", "-1", "x", "2.5", "1e3", "5000", "٣", ""])
def test_workers_are_a_number_on_the_command_line(command, text, capsys):
    with pytest.raises(SystemExit) as exit:
        main([*command, f"--workers={text}"])
    assert exit.value.code == 2
    err = capsys.readouterr().err
    assert f"argument --workers: must be an integer from 1 to 4096, got {text!r}" in err
    assert "executor" not in err
