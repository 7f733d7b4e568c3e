"""Prove exactly that a code attains the three-point bound (stored as data/ceilings/4-10.json, 20-56, 21-50, 21-77).

Run: python docs/examples/certificate_sharp_three_point.py DIM N DEGREE FILE
     python docs/examples/store_bounds.py three-point FILE
"""

import json
import sys
import time
from pathlib import Path

from sphcode import construct
from sphcode.bounds.three_point.exact import sharp_three_point_certificate
from sphcode.proofs.bound.check import check_bound


def main(dim, n_points, degree, file):
    began = time.process_time()
    certificate = sharp_three_point_certificate(construct(dim, n_points), degree)
    made = time.process_time()
    verdict = check_bound(certificate)
    text = json.dumps(certificate)
    Path(file).write_text(text + "\n")
    print(f"{verdict}\n{len(text)} bytes, made in {made - began:.1f} s, checked in {time.process_time() - made:.3f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]), sys.argv[4])
