"""Mutants in shards: how many the checker accepts, and whether the oracle finds those true.

`python -m adversary.campaign --mutants 10000 --workers 2 --journal FILE` appends one JSON line for each shard and skips
the shards that the file has, so that it can be interrupted. The exit code is 0 if no false statement was accepted.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from adversary.mutants import mutant
from adversary.oracle import judge

from sphcode import verify
from sphcode.errors import SphcodeError

SHARD = 100

#: Decimal places asked for of codes without a claim, so that the checker looks for a proof.
_DIGITS = 12

#: CPU seconds that the check of one small certificate may take.
SLOW = 20.0


@dataclass
class Shard:
    """Counts of one shard: malformed, refused, and accepted by what the oracle says; and all that is wrong."""

    number: int
    counts: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0


def examine(seed: int) -> tuple[str, str | None]:
    """Return what became of a mutant, and a sentence if that is a fault of the checker or leaves a question."""
    name, certificate = mutant(seed)
    unclaimed = "points" in certificate and "claim" not in certificate
    start = time.process_time()
    try:
        verdict = verify(certificate, digits=_DIGITS if unclaimed else None)
    except SphcodeError:
        return "malformed", None
    except Exception as error:  # a traceback is what is looked for
        return "traceback", f"{seed} {name}: {type(error).__name__} {error}"
    if time.process_time() - start > SLOW:
        return "slow", f"{seed} {name}: took {time.process_time() - start:.0f} CPU s"
    if not verdict.accepted:
        return "refused", None
    opinion = judge(certificate, verdict.level, verdict.claim)
    said = f"{seed} {name}: {verdict.level}, {verdict.claim} -- {opinion.why}"
    return f"accepted {opinion.word}", None if opinion.word == "true" else said


def shard(number: int) -> Shard:
    """Examine the mutants of one shard."""
    start, counts, faults = time.process_time(), collections.Counter(), []
    for seed in range(number * SHARD, (number + 1) * SHARD):
        outcome, fault = examine(seed)
        counts[outcome] += 1
        if fault is not None:
            faults.append(f"{outcome}: {fault}")
    return Shard(number, dict(sorted(counts.items())), faults, round(time.process_time() - start, 1))


def main() -> int:
    """Run the shards that the journal does not have yet, and print the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--journal", type=Path, default=None)
    arguments = parser.parse_args()
    done: dict[int, Shard] = {}
    if arguments.journal is not None and arguments.journal.exists():
        rows = (Shard(**json.loads(line)) for line in arguments.journal.read_text().splitlines() if line.endswith("}"))
        done = {row.number: row for row in rows}
    wanted = range(-(-arguments.mutants // SHARD))
    with concurrent.futures.ProcessPoolExecutor(arguments.workers) as pool:
        for row in pool.map(shard, [number for number in wanted if number not in done]):
            done[row.number] = row
            if arguments.journal is not None:
                with arguments.journal.open("a") as file:
                    file.write(json.dumps(asdict(row)) + "\n")
    totals: collections.Counter[str] = collections.Counter()
    for number in wanted:
        totals.update(done[number].counts)
        for fault in done[number].faults:
            print(fault)
    print(
        f"{sum(totals.values())} mutants, {sum(done[n].seconds for n in wanted):.0f} CPU s:",
        dict(sorted(totals.items())),
    )
    bad = sum(totals[outcome] for outcome in ("accepted false", "accepted undecided", "traceback", "slow"))
    return int(bad > 0)


if __name__ == "__main__":
    raise SystemExit(main())
