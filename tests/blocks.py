"""Code blocks of a page, run as a reader would paste them: Python in one session, commands in one folder."""

import contextlib
import doctest
import glob
import io
import re
import shlex
from pathlib import Path

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.S | re.M)


def blocks(page):
    """(language, text) of every fenced block."""
    return FENCE.findall(page.read_text())


def commands(text):
    """The lines of a block that call sphcode, as lists of words, without their comments."""
    lines = text.replace("\\\n", " ").splitlines()
    asked = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    return [words for line in asked if (words := shlex.split(line, comments=True)) and words[0] == "sphcode"]


def expanded(words, folder):
    """The words of a command with `*` as a shell expands it."""
    found = []
    for word in words:
        names = sorted(glob.glob(word, root_dir=folder)) if "*" in word else []
        found += names or [word]
    return found


def run_page(page, folder):
    """Run all blocks of a page, the current folder being `folder`; return the words of the commands that ran.

    A block of Python that is followed at once by a block of `text` must print just that.
    """
    from sphcode.cli.main import main

    (folder / "data").symlink_to(ROOT / "data")
    (folder / "docs").symlink_to(ROOT / "docs")
    names, ran = {"__name__": "__page__"}, []
    found = blocks(page)
    with contextlib.chdir(folder):
        for place, (language, text) in enumerate(found):
            if language == "python" and ">>> " in text:
                test = doctest.DocTestParser().get_doctest(text, names, str(page), str(page), 0)
                outcome = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, clear_globs=False)
                assert outcome.failed == 0, page
                ran.append("python")
            elif language == "python":
                printed = io.StringIO()
                with contextlib.redirect_stdout(printed):
                    exec(compile(text, str(page), "exec"), names)
                if place + 1 < len(found) and found[place + 1][0] == "text":
                    assert printed.getvalue() == found[place + 1][1], page
                ran.append("python")
            elif not language or language == "console":
                for words in commands(text):
                    with contextlib.redirect_stdout(io.StringIO()):
                        code = main(expanded(words[1:], folder))
                    assert code == 0, f"{page}: {' '.join(words)} ended with {code}"
                    ran.append(" ".join(words))
    return ran
