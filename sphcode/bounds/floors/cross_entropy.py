"""cross_entropy_bound: a floor of the balanced cross-entropy of unit features and unit class vectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from flint import arb, ctx

from sphcode._notebook import Shown
from sphcode._validate import check_dim, check_n_points, check_real
from sphcode.bounds.bound import bound
from sphcode.proofs.rounding import float_down

__all__ = ["CrossEntropyBound", "cross_entropy_bound"]

#: Numbers of classes at which margins are bounded grow by this factor, or more so that there are about as many steps;
#: in between the bound is a step function.
_GROWTH, _STEPS = 1.05, 100


@dataclass(frozen=True)
class CrossEntropyBound(Shown):
    """A floor of the cross-entropy of n_points classes at a temperature, in nats.

    Attributes
    ----------
    dim, n_points, temperature : int, int, float
        The setting: features and class vectors are unit vectors in R^dim, logits are cosines / temperature.
    cross_entropy_lower_bound : float
        The larger of the two floors in nats, rounded down; larger is stronger.
    gram_lower_bound : float
        Floor in nats for every dimension, rounded down; attained by the simplex when dim >= n_points - 1.
    margin_lower_bound : float
        Floor in nats from the proven ceilings on margins in R^dim, rounded down; the stronger one at low
        temperature.
    """

    dim: int
    n_points: int
    temperature: float
    cross_entropy_lower_bound: float
    gram_lower_bound: float
    margin_lower_bound: float

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-able dictionary."""
        return asdict(self)


def cross_entropy_bound(dim: int, n_points: int, temperature: float) -> CrossEntropyBound:
    """Return a proven lower bound on the mean cross-entropy of balanced classes, one unit feature and vector a class.

    Two floors hold in every dimension. Let a be the mean cosine of features with their own class vector, b with others.

    - Gram: the mean of log(1 + sum exp((b_jk - a_k) / temperature)) is convex in the cosines, so at least
      log(1 + (K - 1) exp((b - a) / temperature)), and a - b <= K / (K - 1) by the Cauchy-Schwarz inequality applied to
      the centred vectors. This is the optimum of the relaxation that forgets the rank of the Gram matrix.
    - Margin: the n classes of largest margin have margin at most the proven ceiling for n classes in R^dim. So the n-th
      largest margin is at most that ceiling, and its class has cross-entropy at least log(1 + exp(-margin / t)).

    For n_points > dim + 1 neither is attained; the exact minimum at a positive temperature is not known.

    Parameters
    ----------
    dim, n_points : int
        Both at least 2.
    temperature : float
        Positive; logits are cosines divided by it.

    Raises
    ------
    InvalidInputError
        If an argument is out of range.

    Examples
    --------
    >>> from sphcode.bounds.floors.cross_entropy import cross_entropy_bound
    >>> round(cross_entropy_bound(5, 6, 0.2).cross_entropy_lower_bound, 6)
    0.012318
    """
    dim, n_points = check_dim(dim), check_n_points(n_points)
    temperature = check_real("temperature", temperature, low=0, open_low=True)
    with ctx.workprec(128):
        exact = arb(temperature)
        simplex = -arb(n_points) / (n_points - 1) / exact
        gram = max(0.0, float_down(((n_points - 1) * simplex.exp()).log1p()))
        total = sum(
            (count * (-arb(ceiling) / exact).exp().log1p() for count, ceiling in _margins(dim, n_points)), arb(0)
        )
        margin = max(0.0, float_down(total / n_points))
    return CrossEntropyBound(dim, n_points, temperature, max(gram, margin), gram, margin)


def _margins(dim: int, n_points: int) -> Iterator[tuple[int, float]]:
    """Yield (count, ceiling): that many of the classes, sorted by margin, have at most this margin."""
    yield 1, 2.0
    growth = max(_GROWTH, (n_points / 2) ** (1 / _STEPS))
    n = 2
    while n <= n_points:
        ceiling = bound(dim, n, method="closed-form").one_vs_rest_upper_bound
        assert ceiling is not None
        # Ceilings fall with n, so the one of n holds for the following classes too.
        following = max(n + 1, int(n * growth))
        yield min(following, n_points + 1) - n, ceiling
        n = following
