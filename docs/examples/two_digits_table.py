"""Print the table of docs/training.md: the two-digit heads of several training seeds, mean and range.

    python docs/examples/two_digits_table.py FOLDER [FOLDER ...]

Each folder holds what `train_two_digits.py --seed S --output FOLDER` wrote. Needs neither torch nor scikit-learn.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import sphcode

SCALES = (1, 5, 7, 10, 30)
COLUMNS = {
    "test accuracy, %": lambda result: 100 * float(result["metadata"]["test_accuracy"]),
    "NCC test, %": lambda result: 100 * float(result["metadata"]["test_ncc_accuracy"]),
    "GNC1": lambda result: result["gnc1"],
    "GNC2": lambda result: result["gnc2"],
    "GNC3": lambda result: result["gnc3"],
    "of the reference, %": lambda result: 100 * result["ratio_to_best_known"],
    "of the ceiling, %": lambda result: 100 * result["ratio_to_upper_bound"],
}


def main(folders: list[str]) -> None:
    print("| scale |", " | ".join(COLUMNS), "|")
    print("| --- |", " | ".join("---" for _ in COLUMNS), "|")
    sources = set()
    for scale in SCALES:
        results = []
        for folder in folders:
            path = Path(folder) / f"two_digits_scale{scale}.safetensors"
            result = sphcode.compare(path).to_dict()
            sources.add((result["best_known_source"], result["best_known_one_vs_rest"]))
            sources.add((result["upper_bound_method"], result["one_vs_rest_upper_bound"]))
            results.append({**result, "metadata": sphcode.load_weights(path).metadata})
        cells = []
        for value in COLUMNS.values():
            values = np.array([value(result) for result in results])
            cells.append(f"{values.mean():.3g} ({values.min():.3g} to {values.max():.3g})")
        print(f"| {scale} |", " | ".join(cells), "|")
    for name, value in sorted(sources):
        print(f"{name}: {value:.6f}")


if __name__ == "__main__":
    main(sys.argv[1:])
