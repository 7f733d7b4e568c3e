"""Three-point ceilings for d = 3, 4, 5: python docs/examples/three_point_table.py FOLDER DEGREE [DIM:FIRST-LAST ...].

For every number of points that no theorem settles, one certificate FOLDER/DIM-N.json of degree DEGREE is made; a file
that is there already is kept, so that a stopped run goes on. `store_bounds.py FOLDER/*.json` then adds the
certificates to the package, and `bound` uses them. Prints one line per case.
"""

import json
import sys
import time
from pathlib import Path

from sphcode import bound
from sphcode._files import write_atomically
from sphcode.errors import NotProvenError

DEFAULT = ("3:7-40", "4:9-40", "5:11-40")


def cases(ranges):
    for text in ranges:
        dim, span = text.split(":")
        first, last = span.split("-")
        yield from ((int(dim), n_points) for n_points in range(int(first), int(last) + 1))


def main(folder, degree, ranges):
    folder.mkdir(parents=True, exist_ok=True)
    for dim, n_points in sorted(cases(ranges), key=lambda case: case[1]):
        file = folder / f"{dim}-{n_points}.json"
        if file.exists():
            continue
        known = bound(dim, n_points)
        if known.optimal is not None:
            print(f"{dim} {n_points} settled by {known.name}", flush=True)
            continue
        began = time.process_time()
        try:
            found = bound(dim, n_points, method="three-point", degree=degree)
        except NotProvenError as error:
            print(f"{dim} {n_points} {error}", flush=True)
            continue
        content = json.dumps(dict(found.certificate)).encode() + b"\n"
        write_atomically(file, lambda stream, content=content: stream.write(content))
        print(
            f"{dim} {n_points} max cosine >= {found.max_cosine_lower_bound:.9f} "
            f"(before {known.max_cosine_lower_bound:.9f}) {time.process_time() - began:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:] or DEFAULT)
