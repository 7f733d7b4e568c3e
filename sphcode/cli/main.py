"""Parse the command line, run one command, map errors to exit codes."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from sphcode import __version__
from sphcode._files import check_writable
from sphcode.errors import SphcodeError

#: Each command is the module sphcode.cli.<name>, with HELP, add_arguments(parser) and run(args) -> exit code.
COMMANDS = (
    "generate",
    "refine",
    "construct",
    "constructions",
    "bound",
    "verify",
    "compare",
    "show",
    "plot",
    "doctor",
    "version",
)

EXIT_CODES = """exit codes: 0 ok; 2 bad usage or input; 3 claim not proven; 4 target not reached;
5 optional package missing; 6 could not write; 130 interrupted"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line, without the usage."""
        self.exit(2, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with all commands; building it loads none of scipy, numba, cvxpy."""
    parser = _Parser(
        prog="sphcode",
        description="Spherical codes, softmax codes and proven ceilings on classifier margins.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"sphcode {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        module = importlib.import_module(f"sphcode.cli.{name}")
        command = commands.add_parser(name, help=module.HELP, description=module.HELP)
        module.add_arguments(command)
        command.add_argument("--quiet", action="store_true", help="no progress and no warnings on stderr")
        command.set_defaults(run=module.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = build_parser().parse_args(argv)
    try:
        for name in ("output", "certificate", "report"):
            if getattr(args, name, None):
                check_writable(getattr(args, name))
        code = args.run(args)
        sys.stdout.flush()
        return int(code)
    except SphcodeError as error:
        print(f"sphcode {args.command}: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"sphcode {args.command}: interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    except BrokenPipeError:
        # The reader of stdout has gone; point it elsewhere so that the interpreter's last flush stays silent.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    raise SystemExit(main())
