"""Add certificates to data/ceilings: python docs/examples/store_bounds.py FILE [FILE ...].

A file enters only if the checker accepts it; a stored certificate of the same statement is replaced only by a stronger
one. The digest of the new index, printed at the end, goes into `INDEX_SHA256` of `sphcode/bounds/stored.py`.
"""

import csv
import datetime
import hashlib
import sys
from pathlib import Path

from sphcode._certificates import FOLDER
from sphcode.bounds.stored import Entry, index
from sphcode.proofs.verify import verify

COLUMNS = ("dim", "most", "cosine", "strict", "method", "name", "file", "sha256", "checked")


def question(entry):
    return (entry.dim, entry.strict, entry.cosine if entry.strict else entry.most)


def stronger(new, old):
    return old is None or (new.most < old.most if new.strict else new.value > old.value)


def main(paths):
    entries = {question(entry): entry for entry in index()}
    for path in map(Path, paths):
        verdict = verify(path)
        print(f"{path}: {verdict}")
        content = path.read_bytes()
        new = Entry.of("", content, datetime.date.today().isoformat())
        if not verdict.accepted or not stronger(new, entries.get(question(new))):
            continue
        what = f"cosine-{new.cosine.replace('/', '_')}" if new.strict else new.most + 1
        new = Entry.of(f"{new.dim}-{what}.json", content, new.checked)
        entries[question(new)] = new
        (FOLDER / new.file).write_bytes(content)
    with (FOLDER / "index.csv").open("w", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(COLUMNS)
        for entry in sorted(entries.values(), key=lambda e: (e.dim, e.strict, e.most, e.value)):
            row = {**vars(entry), "strict": "yes" if entry.strict else "no"}
            table.writerow([row[column] for column in COLUMNS])
    print("INDEX_SHA256 =", hashlib.sha256((FOLDER / "index.csv").read_bytes()).hexdigest())


if __name__ == "__main__":
    main(sys.argv[1:])
