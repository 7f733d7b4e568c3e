"""sphcode help, and what a shell is told to complete."""

import os
import subprocess
import sys

import pytest

from sphcode.cli.main import COMMANDS, main


def test_all_commands_are_named(capsys):
    assert main(["help"]) == 0
    out = capsys.readouterr().out
    assert all(f"\n  {name} " in out for name in COMMANDS)
    assert 'eval "$(register-python-argcomplete sphcode)"' in out
    assert "register-python-argcomplete --shell fish sphcode | source" in out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_is_that_of_its_option(command, capsys):
    assert main(["help", command]) == 0
    asked = capsys.readouterr().out
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert capsys.readouterr().out == asked
    assert asked.count("\n  sphcode ") == 2


def test_an_unknown_command_is_guessed_at(capsys):
    assert main(["help", "genrate"]) == 2
    assert capsys.readouterr().err == "sphcode help: there is no command 'genrate'; did you mean generate?\n"


#: What the code that argcomplete makes for a shell sets.
SHELLS = {
    "bash": {"_ARGCOMPLETE": "1"},
    "fish": {"_ARGCOMPLETE": "1", "_ARGCOMPLETE_SHELL": "fish", "_ARGCOMPLETE_DFS": "\t"},
}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_is_told_what_may_follow(shell, tmp_path):
    pytest.importorskip("argcomplete")
    from argcomplete.shell_integration import shellcode

    assert "_ARGCOMPLETE" in shellcode(["sphcode"], shell=shell)
    line = "sphcode compare --fail"
    asked = {**SHELLS[shell], "COMP_LINE": line, "COMP_POINT": str(len(line)), "_ARGCOMPLETE_IFS": "\n"}
    answer = tmp_path / "answer"
    asked["_ARGCOMPLETE_STDOUT_FILENAME"] = str(answer)
    subprocess.run([sys.executable, "-m", "sphcode"], env=os.environ | asked, check=True)
    options = [told.split("\t")[0].strip() for told in answer.read_text().splitlines()]
    assert options == ["--fail-below", "--fail-below-ceiling"]


def test_help_is_quick_as_it_does_without_numpy():
    script = "import sys; from sphcode.cli.main import build_parser; build_parser(); print('numpy' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "False\n"
    )
