"""The best spherical code for a dimension and a number of points."""

from __future__ import annotations

import time as clock
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sphcode._deprecated import renamed_argument
from sphcode._notebook_progress import told_in_notebooks
from sphcode._progress import ProgressCallback
from sphcode._rng import DEFAULT_SEED, seed_sequence
from sphcode._validate import check_callable, check_dim, check_flag, check_n_points, check_real, fail, shown
from sphcode._workers import Workers, check_workers
from sphcode.codes.code import MAX_COORDINATES, SphericalCode
from sphcode.errors import Status
from sphcode.search.known import KnownCode, constructed, known_code, known_parents, of_construction, proven_optimum
from sphcode.search.result import SearchResult, searched

if TYPE_CHECKING:
    from sphcode.search.driver import State
    from sphcode.search.parents import Parent
    from sphcode.search.plan import Plan

#: The largest dimension in which a group is named: its elements are matrices, of 8 MiB each there.
MOST_SYMMETRIC_DIM = 1024


@told_in_notebooks
def generate(
    dim: int,
    n_points: int | None = None,
    *,
    max_cosine: float | None = None,
    effort: float | None = None,
    time_limit: float | None = None,
    rng: Any = DEFAULT_SEED,
    seed: Any = None,
    workers: Workers = 1,
    symmetry: Any = None,
    antipodal: bool = False,
    target: float | None = None,
    constructions: bool = True,
    progress: ProgressCallback | None = None,
    time: float | None = None,
) -> SearchResult:
    """Search the code of `n_points` points on the unit sphere in `dim` dimensions with the smallest max cosine.

    Or, with `max_cosine` in place of `n_points`, the largest code with at most that cosine (0.5: kissing
    configurations).

    Many starts are descended on a smoothed largest cosine (several schedules, basin hopping, orbits of random groups,
    codes with a point more or less), brought to a critical point by an interior-point method, and finished by Newton's
    method on the contacts. The search ends when its best value has been met again and again from independent starts, or
    when `effort` or `time_limit` are used up. What is returned is the best of the search, the construction for this
    case and the stored code of the reference table, which are also starts of the search. A construction that is proven
    optimal is returned at once.

    Parameters
    ----------
    dim, n_points : int
        Both at least 2.
    max_cosine : float, optional
        From -1 to 1, exclusive. Sizes are tried upwards from the largest construction (from 2 points without
        `constructions`) until one is not found; the answer is a lower bound on the largest size. A code fits when
        its max cosine exceeds the wanted one by rounding at most, 4 eps sqrt(dim).
    effort : float, optional
        Most work, in evaluations of the energy of the whole code (polishing is counted in the same unit), for each size
        tried; does not depend on the machine. It may be exceeded by one start and its polish, at most by
        `search_plan(dim, n_points).overrun`. The default is some 20 s of one core, up to 2 minutes for codes of more
        than 200 unknowns.
    time_limit : float, optional
        Cap in seconds. A search that it cuts depends on the machine's speed and has status "time".
    rng : None, int, SeedSequence or Generator
        The same seed gives the same code, for any number of workers. The default is 0, None is a new seed each time.
    seed
        A synonym of `rng`; only one of them may be given.
    workers : int, Executor or callable
        Processes; or what does the work: a `concurrent.futures.Executor`, or a function called as `map` is, such as
        `pool.map`.
    symmetry : str or array_like of numbers, optional
        Search among unions of orbits of this group only; the best of them is polished without the constraint. A group
        of matrices: its name ("cyclic-5", "dihedral-3", "antipodal", "permutation", "tetrahedral", "octahedral",
        "icosahedral"; for dim = 3 the Schoenflies name of a point group, "D3d") or generators, shape (k, dim, dim). An
        abstract group, in all its representations: a name of the catalogue ("M22", "PSL(2,7)", "2^4:15") or generators
        as permutations of 0 to n - 1, shape (k, n). "auto": all groups that the search knows. The result's
        `provenance["symmetry"]` names group, irreducibles and orbits.
    antipodal : bool
        Search lines: the code holds -x with every x (n_points must be even), and its max cosine is the coherence of
        n_points / 2 lines.
    target : float, optional
        Stop as soon as the max cosine is at most this.
    constructions : bool
        Use constructions and stored codes, as answers and as starts. Without, and with `symmetry` or `antipodal`, the
        search is alone, but ends when it meets a value that is proven optimal. Above n_points * dim = 10^6 a
        construction is returned without a search (status "formula") unless `effort` or `time_limit` is given.
    progress : callable, optional
        Receives a Progress event after each round.
    time : float, optional
        The old name of `time_limit`, until 0.3.

    Returns
    -------
    SearchResult
        With status "converged" when the code is a critical point to machine precision: contact spread and balance
        residual at most 1e-13. `strategy` says what found the code, and `provenance["returned"]` why it was chosen.
        Ctrl-C returns the best code so far with status "interrupted"; so does the death of a worker, with a warning.

    Raises
    ------
    InvalidInputError
        If an argument is out of range.
    WorkerError
        If a worker process died before there was a code.

    References
    ----------
    Smoothed maxima for the Tammes problem: Wille 1986, Nurmela 1995. Interior point and exact active sets: as in
    nonlinear programming (Nocedal and Wright 2006, ch. 19). Basin hopping: Wales and Doye 1997.

    Examples
    --------
    >>> from sphcode import generate
    >>> round(generate(3, 12, rng=0, constructions=False, effort=10_000).max_cosine, 12)
    0.4472135955
    >>> generate(3, max_cosine=0.5, rng=0, effort=2_000).code.n_points
    12
    """
    started = clock.perf_counter()
    dim = check_dim(dim)
    if (n_points is None) == (max_cosine is None):
        raise fail("n_points", "given when `max_cosine` is not, and only then", shown(n_points))
    workers = check_workers(workers)
    antipodal, constructions = check_flag("antipodal", antipodal), check_flag("constructions", constructions)
    check_callable("progress", progress)
    if effort is not None:
        effort = check_real("effort", effort, low=1)
    time_limit = renamed_argument("time", time, "time_limit", time_limit)
    if time_limit is not None:
        time_limit = check_real("time_limit", time_limit, low=0, open_low=True)
    if target is not None:
        target = check_real("target", target, low=-1, high=1)
    stream = seed_sequence(rng, seed)
    if n_points is None:
        if symmetry is not None or target is not None:
            raise fail("max_cosine", "given without `symmetry` and `target`", max_cosine)
        limit = check_real("max_cosine", max_cosine, low=-1, high=1, open_low=True, open_high=True)
        options = {"effort": effort, "rng": stream, "workers": workers, "antipodal": antipodal, "progress": progress}
        return _largest(dim, limit, time_limit, constructions, options)
    plan = search_plan(dim, n_points, effort=effort, symmetry=symmetry, antipodal=antipodal)
    dim, n_points = plan.dim, plan.n_points
    known = known_code(dim, n_points) if constructions and not antipodal and symmetry is None else None
    if known is not None and known.proven_optimal:
        return _unsearched(known, started)
    if known is not None and effort is None and time_limit is None and n_points * dim > plan.settings.searched_size:
        size = f"{plan.settings.searched_size:,}"
        reason = f"a search takes minutes to hours above n_points * dim = {size}; `effort` or `time_limit` asks for it"
        return _unsearched(known, started, f"the {known.name}, without a search: {reason}")
    from sphcode.search.driver import Limits, begin, run_search

    deadline = np.inf if time_limit is None else clock.time() + time_limit
    limits = Limits(stream, deadline, max(-np.inf if target is None else target, proven_optimum(dim, n_points)))
    settings = plan.settings
    parents: tuple[Parent, ...] = ()
    if constructions and plan.many_optima:
        most_points = int((1.0 + settings.parent_reach) * n_points)
        # Fewer than are kept: most known codes have no symmetry, and those found that have some get the other places.
        parents = known_parents(dim, n_points, most_points, settings.most_parents[0])
    best, state = run_search(plan, limits, workers, progress, begin(known, parents))
    own = {"source": "sphcode.generate", "seed": _json_seed(stream), "strategy": state.strategy, "effort": state.spent}
    if state.symmetry is not None:
        own["symmetry"] = state.symmetry
    if known is not None:
        own |= {"returned": _choice(known, state)} | ({"known": known.provenance} if state.has_given else {})
    hits = state.hits.total() if state.has_given else max(1, state.hits.total())
    return searched(
        best, own, state.status, started,
        n_starts=state.n_starts, hits=hits, strategy=state.strategy, effort=state.spent,
    )  # fmt: skip


def _choice(known: KnownCode, state: State) -> str:
    """Return in a sentence which of the search and the known code is returned, and why."""
    if state.interrupted and not state.n_starts:
        return f"the {known.name}: the search was interrupted before its first start had ended"
    if not state.n_starts:
        return f"the {known.name}: it reaches the target, and nothing was searched"
    if state.has_given:
        return f"the {known.name}: a search of {state.spent:.4g} evaluations found nothing better, {state.searched!r}"
    return f"the search, by strategy {state.strategy!r}: the {known.name} has {known.max_cosine!r}"


def search_plan(
    dim: int,
    n_points: int,
    *,
    effort: float | None = None,
    symmetry: Any = None,
    antipodal: bool = False,
) -> Plan:
    """Return what `generate` with these arguments would do, and search nothing.

    Parameters
    ----------
    dim, n_points, effort, symmetry, antipodal
        As in `generate`.

    Returns
    -------
    Plan
        Every schedule, share and threshold of the search; `print` shows them with their reasons.

    Raises
    ------
    InvalidInputError
        If an argument is out of range.

    Examples
    --------
    >>> from sphcode.search.generate import search_plan
    >>> plan = search_plan(7, 90)
    >>> plan.regime, plan.unknowns, plan.parts["hop"]
    ('many optima', 540, 8.0)
    """
    from sphcode.search.plan import make_plan

    dim, n_points = check_dim(dim), check_n_points(n_points)
    antipodal = check_flag("antipodal", antipodal)
    if n_points * dim > MAX_COORDINATES:
        raise fail("n_points * dim", f"at most {MAX_COORDINATES}", n_points * dim)
    if effort is not None:
        effort = check_real("effort", effort, low=1)
    if antipodal and n_points % 2:
        raise fail("n_points", "even for an antipodal code", n_points)
    generators = None
    if symmetry is not None:
        symmetry, generators = _read_symmetry(symmetry, dim, n_points, antipodal)
    return make_plan(dim, n_points, effort=effort, antipodal=antipodal, symmetry=symmetry, generators=generators)


def _read_symmetry(symmetry: Any, dim: int, n_points: int, antipodal: bool) -> tuple[str, tuple[Any, ...] | None]:
    """Return name and generators; raise InvalidInputError unless the group has orbits that make up the code."""
    from sphcode.search.imposed import AUTO, matrix_group, permutation_group, read_symmetry
    from sphcode.search.orbits import orbit_types, random_orbits
    from sphcode.symmetry.codes import has_union

    if dim > MOST_SYMMETRIC_DIM:
        raise fail("dim", f"at most {MOST_SYMMETRIC_DIM} when `symmetry` is set", dim)
    if antipodal:
        raise fail("symmetry", "None when `antipodal` is set", shown(symmetry))
    name, generators = read_symmetry(symmetry, dim)
    permuting = permutation_group(name, generators)
    if permuting is not None:
        if dim < 4:
            raise fail("symmetry", "a group of matrices, or a name of one, in fewer than 4 dimensions", shown(symmetry))
        possible = has_union(permuting[1], dim, n_points)
    elif name == AUTO:
        possible = True
    else:
        group, draw = matrix_group(name, generators, dim), np.random.default_rng(0)
        possible = random_orbits(group, orbit_types(group, draw), n_points, draw) is not None
    if not possible:
        raise fail("symmetry", f"a group with orbits that make up {n_points} points", shown(symmetry))
    return name, generators


def _largest(
    dim: int, max_cosine: float, time_limit: float | None, constructions: bool, options: dict[str, Any]
) -> SearchResult:
    """Return the largest code found with at most this cosine."""
    from sphcode.codes.constructions import construct
    from sphcode.search.largest import SEARCHED_SIZE, largest_code, largest_construction, slack

    started = clock.perf_counter()
    limit = max_cosine + slack(dim)
    best = None
    # Constructions need not be antipodal.
    if constructions and not options["antipodal"]:
        n_points = largest_construction(lambda size: _construction_cosine(dim, size), limit)
        best = None if n_points == 0 else _unsearched(of_construction(construct(dim, n_points)), started)
    if best is not None and best.code.n_points**2 * dim > SEARCHED_SIZE:
        return best

    def solve(n_points: int, left: float | None) -> SearchResult:
        return generate(dim, n_points, time_limit=left, target=limit, constructions=False, **options)

    found = largest_code(solve, limit, best, step=2 if options["antipodal"] else 1, time_limit=time_limit)
    return replace(found, elapsed=clock.perf_counter() - started)


def _construction_cosine(dim: int, n_points: int) -> float:
    code = constructed(dim, n_points)
    return np.inf if code is None else code.max_cosine


def _unsearched(known: KnownCode, started: float, reason: str | None = None) -> SearchResult:
    """Return a known code as the result of a search that searched nothing."""
    code = known.form()
    if reason is not None:
        code = SphericalCode(code.points, dict(code.provenance) | {"returned": reason})
    return SearchResult(
        code=code, max_cosine=code.max_cosine, status=Status.FORMULA, n_starts=0, hits=0, kkt_residual=None,
        contact_spread=None, n_contacts=None, rattlers=(), strategy=known.name, effort=0.0,
        elapsed=clock.perf_counter() - started,
    )  # fmt: skip


def _json_seed(seed: np.random.SeedSequence) -> list[int]:
    """Return the words that give the same SeedSequence again."""
    return [int(word) for word in (*np.atleast_1d(np.asarray(seed.entropy, object)), *seed.spawn_key)]
