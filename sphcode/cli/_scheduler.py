"""Workers of a Dask cluster for a command."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from sphcode.errors import InvalidInputError, MissingExtraError


@contextmanager
def scheduled(args: argparse.Namespace) -> Iterator[None]:
    """Put an executor on the cluster of --scheduler in the place of --workers, as long as the command runs."""
    if args.scheduler is None:
        yield
        return
    if args.workers is not None:
        raise InvalidInputError("--scheduler and --workers exclude each other")
    try:
        from distributed import Client
    except ImportError:
        raise MissingExtraError("--scheduler needs the package distributed: pip install 'sphcode[cluster]'") from None
    try:
        client = Client(args.scheduler, timeout=10)
    except Exception as error:  # What answers there may be anything: of some words it takes the first for a size.
        raise InvalidInputError(f"--scheduler must be the address of a Dask scheduler, got {args.scheduler}") from error
    with client:
        args.workers = client.get_executor()
        yield
