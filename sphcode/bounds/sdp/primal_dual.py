"""Primal-dual interior point for sampled programs, in extended precision.

The direction is that of Helmberg, Rendl, Vanderbei and Wolkowicz, Kojima, Shindoh and Hara, and Monteiro (HKM), with
Mehrotra's predictor and corrector. Near the optimum the Schur complement loses the digits that primal feasibility
needs; so each primal step is projected onto the equations with the factor of the constraint map times its adjoint,
which does not depend on the iterate and is well conditioned for whitened bases.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sphcode.bounds.sdp.extended import Extended, cholesky, cholesky_solve, inverse_lower
from sphcode.bounds.sdp.sampled_program import Operators

__all__ = ["Iterate", "Outcome", "initial_iterate", "minimise"]

Floats = NDArray[np.float64]

#: Share of the way to the boundary that a step goes, as is usual (SDPA has 0.9), and rounds without progress after
#: which the digits are used up.
_STEP = 0.9
_STALLED_ROUNDS = 6


@dataclass(frozen=True, eq=False)
class Iterate:
    """A point of the method: x, X_j (primal), y, z, Z_j (dual)."""

    x: Extended
    X: tuple[Extended, ...]
    y: Extended
    z: Extended
    Z: tuple[Extended, ...]

    def arrays(self) -> dict[str, Floats]:
        """Return all parts as named float64 arrays, for a file."""
        named = {"x": self.x, "y": self.y, "z": self.z}
        named.update({f"X{j}": part for j, part in enumerate(self.X)}, **{f"Z{j}": p for j, p in enumerate(self.Z)})
        return {f"{name}.{word}": getattr(part, word) for name, part in named.items() for word in ("high", "low")}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Floats], n_blocks: int) -> Iterate:
        """Return the iterate that `arrays` wrote."""

        def part(name: str) -> Extended:
            return Extended(arrays[f"{name}.high"], arrays[f"{name}.low"])

        blocks = range(n_blocks)
        X, Z = tuple(part(f"X{j}") for j in blocks), tuple(part(f"Z{j}") for j in blocks)
        return cls(part("x"), X, part("y"), part("z"), Z)


@dataclass(frozen=True, eq=False)
class Outcome:
    """The best iterate, its objective values and residuals, and why the method ended.

    `gap` is (primal - dual) / primal; `primal_residual` the largest error of an equation, `dual_residual` the largest
    entry of the dual equations' errors. `reason` is "optimal" when the tolerance was met.
    """

    iterate: Iterate
    primal: float
    dual: float
    gap: float
    primal_residual: float
    dual_residual: float
    iterations: int
    seconds: float
    reason: str

    def record(self) -> dict[str, Any]:
        """Return all but the iterate, for a report."""
        return {name: value for name, value in vars(self).items() if name != "iterate"}


def initial_iterate(operators: Operators, primal: float, dual: float) -> Iterate:
    """Return multiples of the identity."""
    sizes = [block.size for block in operators.program.blocks]
    n_linear = len(operators.linear_cost)
    return Iterate(
        x=Extended(np.full(n_linear, primal)),
        X=tuple(Extended(primal * np.eye(n)) for n in sizes),
        y=Extended(np.zeros(operators.program.n_rows)),
        z=Extended(np.full(n_linear, dual)),
        Z=tuple(Extended(dual * np.eye(n)) for n in sizes),
    )


def minimise(
    operators: Operators,
    start: Iterate,
    *,
    tolerance: float = 1e-7,
    max_iterations: int = 100,
    observe: Callable[[Outcome], bool] | None = None,
) -> Outcome:
    """Minimise until gap and weighted infeasibility are below `tolerance` times the objective.

    `observe` sees every iterate, and ends the work by returning True. Whatever ends it, the best iterate is returned.
    """
    return _Method(operators).run(start, tolerance, max_iterations, observe or (lambda outcome: False))


class _Method:
    def __init__(self, operators: Operators) -> None:
        self.operators = operators
        self.sizes = [block.size for block in operators.program.blocks]
        self.order = len(operators.linear_cost) + sum(self.sizes)
        identities = [Extended(np.eye(n)) for n in self.sizes]
        # The map times its adjoint, scaled by powers of two, which round nothing.
        gram = operators.schur(Extended(np.ones(len(operators.linear_cost))), identities, identities)
        factor = _Factor.of(gram)
        if factor is None:
            raise ArithmeticError("the equations of the program are dependent")
        self.gram = factor

    def run(
        self, iterate: Iterate, tolerance: float, max_iterations: int, observe: Callable[[Outcome], bool]
    ) -> Outcome:
        """Step until the tolerance is met, no progress is left, or `observe` asks to stop."""
        began = time.perf_counter()
        best: Outcome | None = None
        reason, worse = "iterations", 0
        for count in range(max_iterations + 1):
            residuals = self.residuals(iterate)
            outcome = self.judge(iterate, residuals, count, time.perf_counter() - began)
            if best is None or _score(outcome) < _score(best):
                best, worse = outcome, 0
            elif _score(best) < 1e-3:
                worse += 1
            if _score(best) < tolerance:
                reason = "optimal"
                break
            if worse > _STALLED_ROUNDS:
                reason = "no progress: out of digits"
                break
            if observe(outcome):
                reason = "stopped"
                break
            step = self.step(iterate, residuals)
            if isinstance(step, str):
                reason = step
                break
            iterate = step
        assert best is not None
        return replace(best, reason=reason, iterations=count, seconds=time.perf_counter() - began)

    def residuals(self, it: Iterate) -> tuple[Extended, Extended, list[Extended]]:
        """Return the errors of the primal equations, of the dual equations of x and of those of the blocks."""
        operators = self.operators
        ly, Ay = operators.adjoint(it.y)
        dual = [cost - part - Z for cost, part, Z in zip(operators.costs, Ay, it.Z, strict=True)]
        return operators.right - operators.apply(it.x, it.X), operators.linear_cost - ly - it.z, dual

    def judge(
        self, it: Iterate, residuals: tuple[Extended, Extended, list[Extended]], count: int, seconds: float
    ) -> Outcome:
        operators = self.operators
        primal = float((operators.linear_cost * it.x).total())
        primal += math.fsum(float((cost * X).total()) for cost, X in zip(operators.costs, it.X, strict=True))
        dual = float((operators.right * it.y).total())
        rp, rl, rd = residuals
        gap = abs(primal - dual) / max(abs(primal), 1.0)
        worst = max(rl.largest(), *(part.largest() for part in rd))
        return Outcome(it, primal, dual, gap, rp.largest(), worst, count, seconds, "")

    def step(self, it: Iterate, residuals: tuple[Extended, Extended, list[Extended]]) -> Iterate | str:
        """Return the next iterate, or why there is none."""
        LX, LZ = [cholesky(X) for X in it.X], [cholesky(Z) for Z in it.Z]
        if any(L is None for L in (*LX, *LZ)):
            return "an iterate is not positive definite"
        iLX, iLZ = [inverse_lower(L) for L in LX if L is not None], [inverse_lower(L) for L in LZ if L is not None]
        inverses = [L.T @ L for L in iLZ]
        schur = self.operators.schur(it.x / it.z, it.X, inverses)
        factor = _Factor.of(schur)
        if factor is None:
            return "the Schur complement is not positive definite: out of digits"
        rp, rl, rd = residuals
        mu = self.complementarity(it.x, it.X, it.z, it.Z)
        predictor = self.direction(it, residuals, inverses, factor, 0.0, None)
        ap, ad = self.lengths(it, iLX, iLZ, predictor, 1.0)
        moved = _moved(it, predictor, ap, ad)
        after = self.complementarity(moved.x, moved.X, moved.z, moved.Z)
        feasible = rp.largest() < 1e-12 and max(rl.largest(), *(part.largest() for part in rd)) < 1e-12
        centring = min(1.0, max((max(after, 0.0) / mu) ** 2, 0.02 if feasible else 0.1))
        corrector = self.direction(it, residuals, inverses, factor, centring * mu, predictor)
        corrector = self.projected(corrector, rp)
        ap, ad = self.lengths(it, iLX, iLZ, corrector, _STEP)
        if min(ap, ad) < 1e-8:
            return "steps vanish"
        return _moved(it, corrector, ap, ad)

    def direction(
        self,
        it: Iterate,
        residuals: tuple[Extended, Extended, list[Extended]],
        inverses: list[Extended],
        factor: _Factor,
        target: float,
        predictor: Iterate | None,
    ) -> Iterate:
        """Return the HKM direction towards complementarity `target`, corrected by the predictor's second order."""
        rp, rl, rd = residuals
        excess = it.x * rl + (0.0 if predictor is None else predictor.x * predictor.z)
        dx = (target - excess) / it.z - it.x
        dX = []
        for j, (X, inverse) in enumerate(zip(it.X, inverses, strict=True)):
            product = X @ rd[j]
            if predictor is not None:
                product = product + predictor.X[j] @ predictor.Z[j]
            dX.append((inverse * target - X - product @ inverse).symmetrised())
        dy = factor.solve(rp - self.operators.apply(dx, dX))
        ly, Ay = self.operators.adjoint(dy)
        dX = [
            part + (X @ V @ inverse).symmetrised() for part, X, V, inverse in zip(dX, it.X, Ay, inverses, strict=True)
        ]
        dZ = tuple(part - V for part, V in zip(rd, Ay, strict=True))
        return Iterate(dx + it.x * ly / it.z, tuple(dX), dy, rl - ly, dZ)

    def projected(self, step: Iterate, rp: Extended) -> Iterate:
        """Return the step, its primal part moved the least so that it removes the primal error."""
        ly, Ay = self.operators.adjoint(self.gram.solve(rp - self.operators.apply(step.x, step.X)))
        return replace(step, x=step.x + ly, X=tuple(X + V for X, V in zip(step.X, Ay, strict=True)))

    def lengths(
        self, it: Iterate, iLX: list[Extended], iLZ: list[Extended], step: Iterate, part: float
    ) -> tuple[float, float]:
        """Return `part` of the longest primal and dual steps that keep the cone, at most 1."""
        primal = [_longest(L, D) for L, D in zip(iLX, step.X, strict=True)]
        dual = [_longest(L, D) for L, D in zip(iLZ, step.Z, strict=True)]
        primal.append(_ratio(step.x.high / it.x.high))
        dual.append(_ratio(step.z.high / it.z.high))
        return min(1.0, part * min(primal)), min(1.0, part * min(dual))

    def complementarity(self, x: Extended, X: tuple[Extended, ...], z: Extended, Z: tuple[Extended, ...]) -> float:
        total = float((x * z).total()) + math.fsum(float((A * B).total()) for A, B in zip(X, Z, strict=True))
        return total / self.order


@dataclass(frozen=True, eq=False)
class _Factor:
    """A positive definite matrix and its Cholesky factor after scaling by powers of two to a diagonal near 1."""

    matrix: Extended
    scale: Floats
    lower: Extended

    @classmethod
    def of(cls, matrix: Extended) -> _Factor | None:
        diagonal = np.diag(matrix.high)
        if not np.all(diagonal > 0):
            return None
        scale = 2.0 ** np.round(-0.5 * np.log2(diagonal))
        both = scale[:, None] * scale
        scaled = Extended(matrix.high * both, matrix.low * both)
        lower = cholesky(scaled)
        return None if lower is None else cls(matrix, scale, lower)

    def solve(self, right: Extended) -> Extended:
        """Return the solution, refined once."""
        first = self._solve(right)
        return first + self._solve(right - self.matrix @ first)

    def _solve(self, right: Extended) -> Extended:
        return cholesky_solve(self.lower, right * self.scale) * self.scale


def _score(outcome: Outcome) -> float:
    """Return the relative loss to expect of a certificate made of the iterate: the gap and what infeasibility costs."""
    return outcome.gap + 10 * max(abs(outcome.primal), 1.0) * outcome.primal_residual


def _longest(inverse: Extended, step: Extended) -> float:
    scaled = (inverse @ step @ inverse.T).high
    if not np.all(np.isfinite(scaled)):
        return 0.0
    return _ratio(np.asarray(np.linalg.eigvalsh((scaled + scaled.T) / 2), dtype=np.float64))


def _ratio(values: Floats) -> float:
    least = float(values.min())
    return -1.0 / least if least < 0 else math.inf


def _moved(it: Iterate, step: Iterate, primal: float, dual: float) -> Iterate:
    return Iterate(
        it.x + step.x * primal,
        tuple(X + D * primal for X, D in zip(it.X, step.X, strict=True)),
        it.y + step.y * dual,
        it.z + step.z * dual,
        tuple(Z + D * dual for Z, D in zip(it.Z, step.Z, strict=True)),
    )
