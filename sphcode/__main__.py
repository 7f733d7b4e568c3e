"""`python -m sphcode`, and the command `sphcode`."""

import sys


def run() -> int:
    """Run the command line; Ctrl-C is silent even while its modules are loaded."""
    try:
        from sphcode.cli.main import main

        return main()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(run())
