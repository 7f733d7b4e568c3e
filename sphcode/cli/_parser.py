"""The parser of the command line: one line for every mistake, with a guess at what was meant."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from sphcode.cli._streams import complain

#: Names of arguments in Python whose options are called otherwise.
_OPTIONS = {"max_cosine": "cosine", "time_limit": "time", "rng": "seed", "constructions": "no_constructions"}


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that never prints its usage in place of an answer."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line, without the usage."""
        complain(f"{self.prog}: error: {_with_guess(message)} (see {self.prog} --help)")
        self.exit(2)

    def refuse(self, unknown: Sequence[str]) -> NoReturn:
        """Say which arguments are too many."""
        options = [option for action in self._actions for option in action.option_strings]
        self.error(f"unrecognized arguments: {' '.join(unknown)}{guess(unknown[0].partition('=')[0], options)}")

    def in_own_words(self, message: str) -> str:
        """Return an error of a function with its arguments called as on the command line: `n_points` is N there."""
        words = {
            action.dest: (action.option_strings or [str(action.metavar or action.dest)])[-1] for action in self._actions
        }

        def word(match: re.Match[str]) -> str:
            return words.get(_OPTIONS.get(match[1], match[1]), match[0])

        message = re.sub(r"`(-[\w-]+)`", r"\1", message)
        return re.sub(r"`(\w+)`", word, message.removesuffix(", got None.")).removesuffix(".")

    def print_help(self, file: Any = None) -> None:
        """Print the help; argparse itself would pass over a failure to print it."""
        print(self.format_help(), end="", file=file or sys.stdout)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """Flush what was printed before, so that a failure to print it is told like any other."""
        sys.stdout.flush()
        super().exit(status, message)


def n_workers(text: str) -> int:
    """Read the value of --workers; functions take more than numbers, of which a command line need not hear."""
    from sphcode._workers import MOST_PROCESSES

    if text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_PROCESSES:
        return int(text)
    raise argparse.ArgumentTypeError(f"must be an integer from 1 to {MOST_PROCESSES}, got {text!r}")


def guess(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean ...?" if a known word is near, else nothing."""
    import difflib

    near = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean {near[0]}?" if near else ""


def _with_guess(message: str) -> str:
    choice = re.search(r"invalid choice: '?([^' ]*)'? \(choose from (.*)\)", message)
    return message if choice is None else message + guess(choice[1], re.findall(r"[\w.-]+", choice[2]))
