"""Errors and statuses: every failure a user can meet has one class here, and each class one exit code."""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "FileFormatError",
    "InvalidInputError",
    "MissingExtraError",
    "NotProvenError",
    "OpenBoundsWarning",
    "SphcodeError",
    "Status",
    "TableLookupError",
    "TargetNotReachedError",
    "WorkerError",
    "WriteError",
]


class SphcodeError(Exception):
    """Base class of all errors that sphcode raises on purpose; `exit_code` is what the command line returns."""

    exit_code = 2


class InvalidInputError(SphcodeError, ValueError):
    """An argument is not what the function requires; the message names argument, requirement and value."""


class FileFormatError(InvalidInputError):
    """A file is missing, unreadable, truncated or does not have the required contents."""


class TableLookupError(SphcodeError, LookupError):
    """The reference table has no row for the request."""


class NotProvenError(SphcodeError):
    """A well-formed claim could not be proven by the checker."""

    exit_code = 3


class TargetNotReachedError(SphcodeError):
    """A target value that the caller set was not reached."""

    exit_code = 4


class MissingExtraError(SphcodeError, ImportError):
    """An optional package is not installed; the message names it and how to install it."""

    exit_code = 5


class WorkerError(SphcodeError, RuntimeError):
    """A worker process ended before its time (killed, out of memory), and there is no result yet."""

    exit_code = 130


class OpenBoundsWarning(UserWarning):
    """A number is used whose two bounds are farther apart than was asked for; the message names both."""


class WriteError(SphcodeError, OSError):
    """A result could not be written (disk full, permission, missing folder)."""

    exit_code = 6


class Status(StrEnum):
    """How a search ended; each member's value is the word used in JSON, and `message` its explanation."""

    FORMULA = "formula"
    CONVERGED = "converged"
    EFFORT = "effort"
    TIME = "time"
    UNPOLISHED = "unpolished"
    INTERRUPTED = "interrupted"

    @property
    def message(self) -> str:
        """One sentence for people."""
        return _STATUS_MESSAGES[self]


_STATUS_MESSAGES = {
    Status.FORMULA: "the code has a formula; nothing was searched",
    Status.CONVERGED: "the code is a critical point to machine precision",
    Status.EFFORT: "the effort ended the search before the code was brought to a critical point",
    Status.TIME: "the time limit ended the search",
    Status.UNPOLISHED: "the code is too large to be brought to a critical point, or has none nearby",
    Status.INTERRUPTED: "interrupted; the best code so far is returned",
}
