"""Parse the command line, run one command, map errors to exit codes."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence

from sphcode import __version__
from sphcode.cli._output import STDOUT
from sphcode.cli._parser import Parser
from sphcode.cli._progress import progress
from sphcode.cli._streams import coloured, complain, one_line_warnings, open_closed_streams, silence
from sphcode.errors import InvalidInputError, SphcodeError, WriteError

#: Each command is the module sphcode.cli.<name>: HELP, two EXAMPLES, add_arguments(parser) and run(args) -> exit code.
COMMANDS = (
    "generate",
    "refine",
    "construct",
    "constructions",
    "bound",
    "verify",
    "compare",
    "show",
    "table",
    "plot",
    "doctor",
    "version",
    "help",
)

EXIT_CODES = """exit codes: 0 ok; 2 bad usage or input; 3 claim not proven; 4 target not reached;
5 optional package missing; 6 could not write; 130 interrupted"""

#: Options that name files to be written: whether they can be is looked at before the work.
_OUTPUTS = ("output", "certificate", "report", "checkpoint")
#: Formats of which the output is a folder of many files.
_IN_FOLDERS = ("sloane",)


def build_parser() -> Parser:
    """Return the parser with all commands; building it loads none of scipy, numba, cvxpy."""
    parser = Parser(
        prog="sphcode",
        description="Spherical codes, softmax codes and proven ceilings on classifier margins.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-V", "--version", action="version", version=f"sphcode {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        module = importlib.import_module(f"sphcode.cli.{name}")
        command = commands.add_parser(
            name,
            help=module.HELP,
            description=module.HELP,
            epilog="\n  ".join(("examples:", *module.EXAMPLES)),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
        talk = command.add_mutually_exclusive_group()
        talk.add_argument("-q", "--quiet", action="store_true", help="nothing on stderr but errors")
        talk.add_argument("-v", "--verbose", action="store_true", help="how long each stage took; where an error arose")
        command.set_defaults(run=module.run, parser=command, commands=commands.choices)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; whatever happens is told in one line on stderr."""
    open_closed_streams()
    prefix, args = "sphcode", argparse.Namespace()
    try:
        parser = build_parser()
        if "_ARGCOMPLETE" in os.environ:
            # The shell asks what may follow, see `sphcode help`.
            importlib.import_module("argcomplete").autocomplete(parser)
        args, unknown = parser.parse_known_args(argv)
        if unknown:
            args.parser.refuse(unknown)
        prefix = f"sphcode {args.command}"
        with one_line_warnings(args.command, args.quiet), progress(args):
            for name in _OUTPUTS:
                if getattr(args, name, None) not in (None, STDOUT):
                    from sphcode._files import check_fillable, check_writable

                    fills = name == "output" and getattr(args, "format", None) in _IN_FOLDERS
                    (check_fillable if fills else check_writable)(getattr(args, name))
            code = args.run(args)
        sys.stdout.flush()
        return int(code)
    except SphcodeError as error:
        if args.verbose:
            import traceback

            traceback.print_exc()
        complain(f"{coloured(prefix, 'bad', sys.stderr)}: {args.parser.in_own_words(str(error))}")
        return error.exit_code
    except KeyboardInterrupt:
        complain(f"{prefix}: interrupted")
        return 128 + signal.SIGINT
    except MemoryError:
        complain(f"{prefix}: not enough memory")
        return InvalidInputError.exit_code
    except BrokenPipeError:
        # The reader of stdout has gone: that is no failure.
        silence(sys.stdout)
        return 0
    except OSError as error:
        # Files are read and written by functions that raise SphcodeError; what is left is stdout.
        silence(sys.stdout)
        complain(f"{prefix}: could not write to {error.filename or 'stdout'}: {error.strerror or error}")
        return WriteError.exit_code
    except Exception as error:
        if not _follows_interrupt(error):
            raise
        complain(f"{prefix}: interrupted")
        return 128 + signal.SIGINT


def _follows_interrupt(error: BaseException) -> bool:
    """Whether an error was raised while Ctrl-C was dealt with: compiling a kernel ends so."""
    context = error.__context__
    return context is not None and (isinstance(context, KeyboardInterrupt) or _follows_interrupt(context))


if __name__ == "__main__":
    raise SystemExit(main())
