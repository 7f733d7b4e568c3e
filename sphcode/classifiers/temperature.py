"""What is best at the head's own temperature: the unconstrained-feature model at its logit scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from sphcode._notebook import Shown
from sphcode._validate import check_real

__all__ = ["TemperatureOptimum", "logit_scale", "temperature_optimum"]

#: The model is minimised for heads of up to this many entries.
MODEL_SIZE = 20_000
#: Iterations of each minimisation: this over n_classes^2 * dim, within limits.
MODEL_WORK = 6e7
LEAST_ITERATIONS, MOST_ITERATIONS = 20, 300


@dataclass(frozen=True)
class TemperatureOptimum(Shown):
    """What free unit features and class vectors reach at a logit scale; a finite scale does not ask for the best code.

    Attributes
    ----------
    scale : float or None
        The logit scale (1 / temperature).
    one_vs_rest_distance : float or None
        Minimum one-vs-rest distance of the class vectors of lowest loss that were found; larger is better.
    log_loss : float or None
        Logarithm of their mean cross-entropy in nats; smaller is better.
    note : str
        How it was found, or why it was not looked for.
    """

    scale: float | None
    one_vs_rest_distance: float | None
    log_loss: float | None
    note: str

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object `temperature`."""
        return asdict(self)


def logit_scale(given: float | None, metadata: Mapping[str, str]) -> float | None:
    """Return the scale that was given, else the one that the file states as `scale`, else None."""
    if given is not None:
        return check_real("scale", given, low=0.0, open_low=True)
    try:
        stated = float(metadata["scale"])
    except (KeyError, ValueError):
        return None
    return stated if 0.0 < stated < float("inf") else None


@cache
def temperature_optimum(dim: int, n_classes: int, scale: float | None) -> TemperatureOptimum:
    """Minimise the unconstrained-feature model once per case: the checkpoints of one training run share it."""
    if scale is None:
        return TemperatureOptimum(
            None, None, None, "the logit scale is not known: the file states none, none was given"
        )
    if n_classes * dim > MODEL_SIZE:
        return TemperatureOptimum(scale, None, None, f"more than {MODEL_SIZE} entries")
    from sphcode.margins.features import ufm

    iterations = int(min(max(MODEL_WORK / (n_classes**2 * dim), LEAST_ITERATIONS), MOST_ITERATIONS))
    model = ufm(dim, n_classes, scale, n_starts=1, iterations=iterations, rng=0)
    note = f"unconstrained-feature model, one start of {iterations} iterations a scale"
    return TemperatureOptimum(scale, model.one_vs_rest_distance, model.log_loss, note)
