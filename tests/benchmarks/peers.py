"""Other solvers on the problem of spherical codes: each takes unit rows and a clock, and returns better unit rows.

    REF        SciPy's L-BFGS-B on the log Riesz energy, exponents 4 to 10^6, with a dense numpy gradient
    SLSQP      SciPy's: minimise t, every pair is a constraint, exact derivatives
    pymanopt   conjugate gradients on the oblique manifold, log-sum-exp with epsilon lowered in stages, own gradient
    Ipopt      by CasADi, whose wheel brings it: the same constraints, exact second derivatives

A package that is not installed is named so in its rows. Nothing else was found that is installed by pip and takes
(dimension, N): see docs/comparison.md.
"""

from __future__ import annotations

import importlib.util
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

#: Exponents of REF, and iterations of each: more do not bring it nearer (it ends 1e-8 to 1e-6 above a vertex).
EXPONENTS, ITERATIONS = 4.0 ** np.arange(1, 11), 300
#: Epsilons of pymanopt, each a quarter of the one before; the smoothed cosine is above the largest by epsilon log N^2.
EPSILONS = 0.1 * 0.25 ** np.arange(10)


#: Seconds on the clock between two looks at the CPU time.
LOOK = 0.1


class Spent(BaseException):
    """The CPU seconds of a run are used up; not an Exception, so that no solver takes it for a failed step."""


@contextmanager
def limited(seconds: float, ring: Callable[[], None] | None = None) -> Iterator[None]:
    """Raise Spent in the block, or call `ring` instead, after so many CPU seconds of this process.

    The clock is looked at ten times a second: a timer of CPU time would make the clock itself as coarse as 4 ms.
    """
    deadline = time.process_time() + seconds

    def look(*_: object) -> None:
        if time.process_time() >= deadline:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            if ring is None:
                raise Spent
            ring()

    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, LOOK, LOOK)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def random_rows(rng: np.random.Generator, n_points: int, dim: int) -> Points:
    return unit(rng.standard_normal((n_points, dim)))


def unit(rows: Points) -> Points:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def largest_cosine(points: Points) -> float:
    """Return the largest inner product of two rows, in blocks."""
    best = -1.0
    for start in range(0, len(points), 2048):
        products = points[start : start + 2048] @ points.T
        products[np.arange(len(products)), np.arange(start, start + len(products))] = -1.0
        best = max(best, float(products.max()))
    return best


def riesz(flat: Points, exponent: float, n_points: int, dim: int) -> tuple[float, Points]:
    """Log Riesz energy of the normalised rows, and its gradient."""
    matrix = flat.reshape(n_points, dim)
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    points = matrix / norms
    gaps = 1.0 - points @ points.T
    np.fill_diagonal(gaps, 4.0)
    least = gaps.min()
    terms = np.exp(-0.5 * exponent * np.log(gaps / least))
    np.fill_diagonal(terms, 0.0)
    total = terms.sum()
    gradient = (terms / gaps) @ points / total
    gradient -= np.sum(gradient * points, axis=1, keepdims=True) * points
    return np.log(total) / exponent - 0.5 * np.log(least), (gradient / norms).ravel()


def by_riesz(points: Points, seconds: float) -> Points:
    from scipy.optimize import minimize

    n_points, dim = points.shape
    flat = points.ravel()
    options = {"maxiter": ITERATIONS, "maxcor": 10, "ftol": 1e-15, "gtol": 1e-10}
    for exponent in EXPONENTS:
        flat = minimize(riesz, flat, (exponent, n_points, dim), "L-BFGS-B", jac=True, options=options).x
    return unit(flat.reshape(n_points, dim))


def by_slsqp(points: Points, seconds: float) -> Points:
    from scipy.optimize import minimize

    n_points, dim = points.shape
    i, j = np.triu_indices(n_points, 1)
    pair, each = np.arange(len(i)), np.arange(n_points)

    def rows_of(z: Points) -> Points:
        return z[:-1].reshape(n_points, dim)

    def below(z: Points) -> Points:
        return z[-1] - np.einsum("ij,ij->i", rows_of(z)[i], rows_of(z)[j])

    def below_slopes(z: Points) -> Points:
        slopes = np.zeros((len(i), n_points, dim))
        slopes[pair, i] = -rows_of(z)[j]
        slopes[pair, j] = -rows_of(z)[i]
        return np.hstack([slopes.reshape(len(i), -1), np.ones((len(i), 1))])

    def norms(z: Points) -> Points:
        return np.einsum("ij,ij->i", rows_of(z), rows_of(z)) - 1.0

    def norm_slopes(z: Points) -> Points:
        slopes = np.zeros((n_points, n_points, dim))
        slopes[each, each] = 2.0 * rows_of(z)
        return np.hstack([slopes.reshape(n_points, -1), np.zeros((n_points, 1))])

    constraints = [
        {"type": "ineq", "fun": below, "jac": below_slopes},
        {"type": "eq", "fun": norms, "jac": norm_slopes},
    ]
    last = np.append(np.zeros(n_points * dim), 1.0)
    start = np.append(points.ravel(), largest_cosine(points))
    options = {"maxiter": 500, "ftol": 1e-15}
    found = minimize(
        lambda z: z[-1], start, jac=lambda z: last, method="SLSQP", constraints=constraints, options=options
    )
    return unit(rows_of(found.x))


def by_pymanopt(points: Points, seconds: float) -> Points:
    import pymanopt
    from pymanopt.manifolds import Oblique
    from pymanopt.optimizers import ConjugateGradient

    n_points, dim = points.shape
    manifold, columns = Oblique(dim, n_points), points.T.copy()
    for epsilon in EPSILONS:
        shares: dict[str, Points] = {}

        @pymanopt.function.numpy(manifold)
        def cost(x: Points, epsilon: float = epsilon, shares: dict[str, Points] = shares) -> float:
            cosines = x.T @ x
            np.fill_diagonal(cosines, -np.inf)
            largest = cosines.max()
            terms = np.exp((cosines - largest) / epsilon)
            total = terms.sum()
            shares["of"], shares["x"] = terms / total, x
            return largest + epsilon * np.log(total)

        @pymanopt.function.numpy(manifold)
        def gradient(x: Points, cost: Callable = cost, shares: dict[str, Points] = shares) -> Points:
            if shares.get("x") is not x:
                cost(x)
            return 2.0 * x @ shares["of"]

        problem = pymanopt.Problem(manifold, cost, euclidean_gradient=gradient)
        solver = ConjugateGradient(
            min_gradient_norm=1e-9, max_iterations=ITERATIONS, max_time=10 * seconds, verbosity=0
        )
        columns = solver.run(problem, initial_point=columns).point
    return unit(columns.T)


def by_ipopt(points: Points, seconds: float) -> Points:
    import casadi as ca

    n_points, dim = points.shape
    x, t = ca.MX.sym("x", dim, n_points), ca.MX.sym("t")
    i, j = np.triu_indices(n_points, 1)
    pairs = ca.vec(x.T @ x)[(i + j * n_points).tolist()]
    constraints = ca.vertcat(pairs - t, ca.vec(ca.sum1(x * x)))
    quiet = {"print_level": 0, "sb": "yes", "tol": 1e-12, "max_iter": 3000, "max_cpu_time": max(seconds, 1e-3)}
    program = {"x": ca.vertcat(ca.vec(x), t), "f": t, "g": constraints}
    solver = ca.nlpsol("solver", "ipopt", program, {"print_time": False, "ipopt": quiet})
    found = solver(
        x0=np.append(points.ravel(), largest_cosine(points)),
        lbx=-1.1,
        ubx=1.1,
        lbg=np.concatenate([np.full(len(i), -np.inf), np.ones(n_points)]),
        ubg=np.concatenate([np.zeros(len(i)), np.ones(n_points)]),
    )
    return unit(np.array(found["x"]).ravel()[:-1].reshape(n_points, dim))


@dataclass(frozen=True)
class Peer:
    """A solver: the module that it needs, the largest n_points * dim and N at which one start ends within 10 s."""

    name: str
    module: str
    descend: Callable[[Points, float], Points]
    unknowns: float = np.inf

    @property
    def installed(self) -> bool:
        return importlib.util.find_spec(self.module) is not None

    def refuses(self, dim: int, n_points: int) -> str:
        """Return why there is no measurement, or nothing."""
        if not self.installed:
            return "not installed"
        return "" if dim * n_points <= self.unknowns else "not run: too many constraints"


#: SLSQP factors a dense matrix of all pairs (16 s a start at 200 unknowns), Ipopt a sparse one (23 s at 400).
PEERS = [
    Peer("REF", "scipy", by_riesz),
    Peer("SLSQP", "scipy", by_slsqp, unknowns=160),
    Peer("pymanopt", "pymanopt", by_pymanopt),
    Peer("Ipopt", "casadi", by_ipopt, unknowns=320),
]
BY_NAME = {peer.name: peer for peer in PEERS}


@dataclass(frozen=True)
class Run:
    """CPU seconds of starts until the goal was met or they were used up, and the rows of the last start that ended."""

    seconds: float
    met: bool
    points: Points | None


def run(peer: Peer, dim: int, n_points: int, seed: int, limit: float, meets: Callable[[Points], bool]) -> Run:
    """Restart a peer until `meets` (which is not on its clock) accepts its rows, at most `limit` CPU seconds."""
    rng = np.random.default_rng(seed)
    spent, reached = 0.0, None
    while spent < limit:
        points = random_rows(rng, n_points, dim)
        began = time.process_time()
        try:
            with limited(limit - spent):
                reached = peer.descend(points, limit - spent)
        except Spent:
            break
        spent += time.process_time() - began
        if meets(reached):
            return Run(spent, True, reached)
    return Run(limit, False, reached)
