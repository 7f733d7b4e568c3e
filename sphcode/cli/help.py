"""sphcode help."""

from __future__ import annotations

import argparse

from sphcode.cli._parser import guess
from sphcode.errors import InvalidInputError

HELP = "show the help of a command, or what there is"
EXAMPLES = ("sphcode help", "sphcode help generate")

#: How a shell learns to complete; the extra `completion` brings the package.
COMPLETION = """Shells complete commands and options: pip install "sphcode[completion]", then put into the start-up file
  of bash or zsh: eval "$(register-python-argcomplete sphcode)"
  of fish:        register-python-argcomplete --shell fish sphcode | source"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("topic", nargs="?", metavar="COMMAND", help="a command")


def run(args: argparse.Namespace) -> int:
    """Print a help text."""
    if args.topic is None:
        width = max(map(len, args.commands))
        print("sphcode COMMAND: spherical codes, softmax codes and proven ceilings on classifier margins\n")
        for name, parser in args.commands.items():
            print(f"  {name:{width}s}  {parser.description}")
        print(f"\nsphcode help COMMAND shows its options and two examples.\n{COMPLETION}")
        return 0
    if args.topic not in args.commands:
        raise InvalidInputError(f"there is no command {args.topic!r}{guess(args.topic, args.commands)}")
    args.commands[args.topic].print_help()
    return 0
