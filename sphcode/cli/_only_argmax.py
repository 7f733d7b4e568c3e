"""sphcode compare --only-argmax: which classes no feature vector makes the argmax."""

from __future__ import annotations

import argparse
from typing import Any

from sphcode.cli._output import print_json
from sphcode.cli._progress import progress
from sphcode.errors import FileFormatError, InvalidInputError

#: Options of compare that speak about unit rows, codes or ceilings, with what they are when they are not given.
_OTHERS: dict[str, Any] = {
    "center": False, "features": None, "labels": None, "class_means": None, "against": None, "search": False,
    "scale": None, "report": None, "fail_below": None, "fail_below_ceiling": None,
}  # fmt: skip
#: Classes named in a line for people; `--json` has all.
_LISTED = 20


def run_only_argmax(args: argparse.Namespace) -> int:
    """Decide every class of every file and print the verdicts."""
    for name, default in _OTHERS.items():
        if getattr(args, name) != default:
            raise InvalidInputError(f"--only-argmax does not go with --{name.replace('_', '-')}.")
    for path in args.paths:
        answer = _decide(path, args)
        if args.json:
            print_json(answer)
        else:
            print("\n".join(_lines(answer)))
    return 0


def _decide(path: str, args: argparse.Namespace) -> dict[str, Any]:
    from sphcode.classifiers.measure import draw_classes
    from sphcode.classifiers.weights import load_weights
    from sphcode.margins.argmax import argmax_classes

    try:
        head = load_weights(path, args.key, bias=args.bias, classes_axis=args.classes_axis)
        chosen = draw_classes(head.n_classes, args.sample, args.seed)
        with progress(args) as report:
            result = argmax_classes(
                head.weight,
                bias=head.bias,
                classes=chosen,
                workers=args.workers or 1,
                device=args.device,
                resume=args.resume,
                progress=report,
            )
    except FileFormatError:
        raise
    except InvalidInputError as error:
        raise InvalidInputError(f"{path}: {error}") from error
    return {
        "schema": "sphcode.argmax/1",
        "path": path,
        "key": head.key or None,
        "dim": head.dim,
        "n_classes": head.n_classes,
        "has_bias": head.bias is not None,
        "sample": None if chosen is None else len(chosen),
        **result.to_dict(),
    }


def _lines(answer: dict[str, Any]) -> list[str]:
    measured = "" if answer["sample"] is None else f", a sample of {answer['sample']} decided"
    lines = [
        f"{answer['path']}, {answer['n_classes']} classes in dimension {answer['dim']}"
        f"{' with a bias' if answer['has_bias'] else ''}{measured}",
        f"won         {answer['won']['count']}: some feature makes it the strict argmax (a direction, checked)",
        f"never       {answer['never']['count']}: no feature does (convex weights on other classes, proven to exist)",
    ]
    if answer["undecided"]["count"]:
        lines.append(f"undecided   {answer['undecided']['count']}: neither was proven")
    for name in ("never", "undecided"):
        classes = answer[name]["classes"]
        if classes:
            rest = f" and {len(classes) - _LISTED} more" if len(classes) > _LISTED else ""
            lines.append(f"{name} classes: {', '.join(map(str, classes[:_LISTED]))}{rest}")
    return lines
