"""What `generate` and `refine` share: proof, file, and output of a search result."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphcode.cli._output import STDOUT, add_json_argument, print_json, rounded_down, rounded_up, save_code, wrote
from sphcode.errors import Status

if TYPE_CHECKING:
    from sphcode.search.result import SearchResult


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--prove`, `--digits`, `-o` and `--json`."""
    proof = parser.add_argument_group("proof")
    proof.add_argument("--prove", action="store_true", help="prove that a code at least as good exists")
    proof.add_argument("--digits", type=int, metavar="D", help="decimal places of the proven cosine")
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="write the code: .npz .json .txt .npy .safetensors; - is stdout"
    )
    add_json_argument(parser)


def finish(args: argparse.Namespace, result: SearchResult) -> int:
    """Prove, write and print a result; return the exit code."""
    from sphcode.codes.table import best_known

    certificate, level = _proof(result, args.digits) if args.prove else (None, "none")
    if args.output is not None:
        _write(args, result, certificate)
        if args.output == STDOUT:
            return _exit_code(result)
    row = best_known(result.code.dim, result.code.n_points)
    known = None if row is None else {"max_cosine": row.max_cosine, "source": row.source, "date": row.date}
    if args.json:
        facts = result.to_dict()
        elapsed = facts.pop("elapsed_s")
        print_json(
            {
                "schema": f"sphcode.{args.command}/2",
                **facts,
                "proof": level,
                "certificate": certificate,
                "best_known": known,
                "elapsed_s": elapsed,
            }
        )
    else:
        print("\n".join(_lines(result, level, known)))
    return _exit_code(result)


def _exit_code(result: SearchResult) -> int:
    return 130 if result.status is Status.INTERRUPTED else 0


def _proof(result: SearchResult, digits: int | None) -> tuple[dict[str, Any], str]:
    from sphcode.proofs.prove import prove
    from sphcode.proofs.verify import verify

    certificate = prove(result.code, digits=digits)
    return certificate, verify(certificate).level


def _write(args: argparse.Namespace, result: SearchResult, certificate: dict[str, Any] | None) -> None:
    """Write the code; a `.json` file, and what goes to stdout, is its own certificate, others get one beside them."""
    from sphcode._files import write_atomically

    target = Path(args.output)
    whole = args.output == STDOUT or target.suffix == ".json"
    if certificate is None or not whole:
        save_code(args, result.code)
    if certificate is None:
        return
    certificate = {**result.code.provenance, **certificate}
    if args.output == STDOUT:
        print_json(certificate)
        return
    beside = target if whole else target.with_suffix(".certificate.json")
    content = json.dumps(certificate).encode() + b"\n"
    write_atomically(beside, lambda stream: stream.write(content))
    wrote(args, beside)


def _lines(result: SearchResult, level: str, known: dict[str, Any] | None) -> list[str]:
    """Lines for people about a search: value, status, contacts, proof, record."""
    code = result.code
    lines = [
        f"{code.n_points} points on the unit sphere in R^{code.dim}",
        f"  max cosine        {rounded_up(result.max_cosine, 16)}",
        f"  min angle         {rounded_down(code.min_angle_deg, 12)} degrees",
        f"  one-vs-rest       {rounded_down(code.one_vs_rest_distance, 16)}",
        f"  status            {result.status.value}: {result.status.message}",
    ]
    if result.status is not Status.FORMULA:
        lines.append(f"  hits              {result.hits} of {result.n_starts} starts, found by {result.strategy}")
    if "returned" in result.provenance:
        lines.append(f"  returned          {result.provenance['returned']}")
    if result.n_contacts is not None:
        lines.append(
            f"  contacts          {result.n_contacts}, {len(result.rattlers)} rattlers; "
            f"spread {result.contact_spread:.1e}, balance residual {result.kkt_residual:.1e}"
        )
    if known is not None:
        lines.append(f"  best known        {known['max_cosine']!r} ({known['source']}, {known['date']})")
    if level != "none":
        lines.append(f"  proof             {level}")
    lines.append(f"  time              {result.elapsed:.2f} s")
    return lines
