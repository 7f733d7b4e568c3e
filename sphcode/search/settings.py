"""Every number that decides what a search does and for how long: its value, its reason, where it was measured.

Numbers inside a numerical method (line search, barrier, memory) stand beside that method. A search takes these from its
`Plan`, so that a test or an experiment can change one of them with `dataclasses.replace`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

#: The list that most numbers were chosen on: time to the value of the reference table, d = 3, N <= 60.
_SMALL = "d = 3, N <= 60"
#: The same for codes of many optima.
_MANY = "d = 3, N = 61..130"
_ALONE = "not measured alone"
_LARGE = "d = 3, N = 1000 and 3000"


def _number(value: Any, reason: str, measured: str) -> Any:
    return field(default=value, metadata={"reason": reason, "measured": measured})


class Number(NamedTuple):
    """One setting, as `Settings.numbers` lists it."""

    name: str
    value: Any
    reason: str
    measured: str


@dataclass(frozen=True)
class Settings:
    """The thresholds of a search; each field carries `reason` and `measured` in its metadata.

    Unknowns are N (d - 1); an evaluation is one of the energy of the whole code over all pairs; exponents are 2^k.
    """

    # How large is a code.
    tree_dimensions: int = _number(
        5, "in more dimensions a k-d tree, or a grid of cells, looks at most points", "d = 3, 4, 5, 8"
    )
    listed_points: int = _number(
        300, "more points in at most `tree_dimensions`: energies on lists, outside of the batch loop", _LARGE
    )
    tiled_size: float = _number(4e6, "larger N^2 d in more dimensions: energies on tiles", "(16, 512), (64, 1000)")
    listed_dimensions: int = _number(24, "tiled codes of at most these have lists at sharp exponents", "(16, 512)")
    listed_squarings: int = _number(7, "exponents from which on lists are several times cheaper there", "(16, 512)")
    sharpened_above: int = _number(50, "more unknowns: starts are sharpened before they are judged", _SMALL)
    tailed_above: int = _number(2000, "more unknowns: every start goes on to sharp exponents", "(8, 240), (3, 1000)")
    many_optima_above: int = _number(
        120, "more unknowns: random starts hardly meet the best, and a wrong value again and again; hopping", _MANY
    )

    annealed_above: int = _number(
        3, "more dimensions: random starts are annealed where optima are many", "d = 3..30, N = 73..200"
    )
    annealed_parts: float = _number(
        4.0, "parts of the longer annealing there", "(9, 73), (14, 81), (17, 83), (30, 200)"
    )

    # Effort, in evaluations.
    operations: float = _number(4e10, "default effort times N^2 d: some 20 s of one core", "AMD EPYC, AVX-512")
    most_evaluations: float = _number(4e6, "most of a default effort, for few points", _SMALL)
    hard_above: int = _number(200, "more unknowns: the best is met once or twice only", _MANY)
    hard_operations: float = _number(5.0, "times `operations` for those", _MANY)
    hard_evaluations: float = _number(1.5, "times `most_evaluations` for those", _MANY)
    many_evaluations: float = _number(
        3.6e6, "least default effort where optima are many, within `hard_operations`; half missed", "d = 3, N = 86, 94"
    )
    least_evaluations: float = _number(1000.0, "least default effort, where one start takes so many", "(64, 1000)")
    list_cost: float = _number(440.0, "an evaluation on lists over a pair of points and a dimension, times N", _LARGE)
    mixed_cost: float = _number(0.25, "an evaluation where most are on lists, tiles else", "(16, 512)")
    draw_cost: float = _number(100.0, "drawing a group and its orbits, in Python", "commit 4ceb150")
    polish_steps: int = _number(30, "steps of the interior point for one start", _SMALL)
    most_polish_steps: int = _number(50, "the same when asking whether polishing is dear", "(8, 240)")

    searched_size: int = _number(
        10**6,
        "larger N d: a search takes minutes to hours, and is made when asked for",
        "(512, 10000)",
    )

    # Rounds: how effort is shared out.
    growth: float = _number(0.5, "a round spends this share of what was spent before", _SMALL)
    bonus: float = _number(5.0, "parts for the strategy with most hits an evaluation, others in proportion", _SMALL)
    waiting: float = _number(0.5, "a strategy whose share of a round is less than this of a start waits", _ALONE)
    hop_parts: float = _number(8.0, "parts of hopping from random codes where optima are many", _MANY)
    improve_parts: float = _number(4.0, "parts of hopping from the best code where optima are many", _MANY)
    overlap_parts: float = _number(
        32.0, "parts of hopping on overlaps where optima are many", "d = 3, N = 102..130; d = 4..8, N = 45 and 60"
    )
    neighbour_parts: float = _number(3.0, "parts of codes with a point more or less where optima are many", _MANY)
    last_parts: float = _number(4.0, "parts of hopping from the best once its value was met often", "d = 3, N <= 130")
    last_share: float = _number(0.75, "where optima are many, after this share of all effort only that", _MANY)

    # When to stop.
    same: float = _number(1e-11, "values within this are one value; rounding is 1e-15", _SMALL)
    enough_hits: int = _number(10, "the best value must be met so often from independent starts", _SMALL)
    enough_strategies: int = _number(2, "by so many strategies", _SMALL)
    enough_by_one: int = _number(4, "or this many times as often by one", _SMALL)
    enough_effort: float = _number(
        5000.0, "and so much effort an unknown and a dimension beyond 2", "d = 3..8, N <= 60"
    )
    enough_repeats: float = _number(3.0, "and so many times the effort of meeting it first", _SMALL)
    enough_share: float = _number(0.5, "but no more than this share of all effort", _SMALL)

    # Which codes are polished, and when.
    most_factored: float = _number(
        1e10, "operations of a factorisation in each step; beyond, one serves several steps", "(3, 10000), (16, 512)"
    )
    dissected_above: int = _number(
        1500, "more points in three dimensions: a factorisation in the order of nested dissection", "d = 3"
    )
    most_dissected: int = _number(16_000, "then more points are not polished: 500 steps are too few", "(3, 20000)")
    most_dense: int = _number(
        24_000, "then more unknowns are not polished: the factor takes 2.3 GB in single precision", _ALONE
    )
    patient_above: int = _number(1100, "more unknowns, or large: the barrier falls slowly", "(8, 240), (3, 3000)")
    most_iterations: tuple[int, int] = _number(
        (150, 500), "steps of the interior point at most, and where the barrier falls slowly", "(8, 240), (3, 10000)"
    )
    most_dense_iterations: int = _number(200, "the same where one factorisation serves several steps", "(10, 400)")
    dear_step: float = _number(100.0, "where a step costs so many evaluations, sharpen first, to 2^19", "(8, 240)")
    dear_polish: float = _number(
        0.005,
        "where a polish takes more of all effort, or of the default one if that is less, only the best is polished",
        "(8, 240), (14, 77)",
    )
    polish_share: float = _number(
        0.3, "then it is polished between rounds while that takes less of what is spent", _ALONE
    )
    candidates: int = _number(4, "rough codes kept that may be better than the best", _ALONE)
    judged_share: float = _number(0.2, "they are polished while that takes less of what is spent", _ALONE)
    most_polish: float = _number(
        3.0, "where one factorisation serves several steps, no polish of so many times all effort", "(16, 512)"
    )
    rough_gap: float = _number(
        2.0**-10, "then a code is about so far above its critical value, unless large", "(8, 240)"
    )
    known_gaps: tuple[float, ...] = _number(
        (2.0**-40, 2.0**-20), "a code known beforehand has most often digits enough to be critical", _ALONE
    )
    lifts: tuple[float, ...] = _number(
        (2.0**-10, 2.0**-7), "gaps to polish from again at no critical point (a nearly lost contact)", _ALONE
    )
    lift_share: float = _number(0.1, "as long as a polish takes less than this of all effort", _ALONE)
    worth_polishing: float = _number(0.006, "starts within this of the best, in units of 1 - s, are polished", _SMALL)
    roughness: float = _number(2.5, "a start at exponent p may be off by this over p", _SMALL)
    worth_polishing_hop: float = _number(0.003, "the same for hops and the best of their chain", _SMALL)

    # Starts and hops.
    batch: int = _number(32, "random starts descended in one compiled call, at most", _SMALL)
    symmetric_batch: int = _number(4, "starts of one union of orbits", _SMALL)
    temperature: float = _number(0.005, "mean of the rise that a hop may make, in units of 1 - s", _SMALL)
    worth_hopping: float = _number(
        0.03, "unions of orbits within this of the best are hopped from", "(5, 41), (8, 240)"
    )
    patience: int = _number(40, "hops without success before a chain starts again elsewhere", _SMALL)
    patience_per_point: int = _number(2, "and this many more for each point", _SMALL)
    group_order: int = _number(48, "groups drawn at random have at most this order", "d = 3..8, N <= 60")

    # Point groups of three dimensions.
    point_groups_above: int = _number(
        60,
        "more points in three dimensions: half of the groups drawn are point groups, for large codes all",
        "(3, 111): D3, in 0.3 s; (3, 480)",
    )
    point_group_size: float = _number(
        2e5, "N^2 over the order at most, as their energies are on no list: 0.3 ms", "d = 3, N = 216..1080"
    )
    point_group_order: int = _number(6, "the least order in a large code", "d = 3, N = 270 and 480")
    point_group_parts: float = _number(2.0, "parts of unions of orbits where they are drawn", "d = 3, N = 216..1080")
    point_group_cost: float = _number(5.0, "drawing one, whose orbits are kept", "d = 3, N = 216..1080")

    # Small groups in nearly regular representations.
    small_groups_above: int = _number(
        3, "more dimensions: half of the groups drawn are small, where optima are many", "d = 11..14, N = 71..93"
    )
    small_group_unions: int = _number(
        40, "unions of orbits of which the best is hopped from: a chain takes as long", "d = 11..14, N = 71..93"
    )
    small_group_parts: tuple[float, float] = _number(
        (2.0, 12.0),
        "parts of unions of orbits there, and of hopping from the best of several",
        "d = 11..14, N = 71..93",
    )

    # The catalogue of groups.
    catalogue_parts: float = _number(
        8.0, "parts of enumerated unions of orbits where optima are many, until their share is spent", "(20, 56)"
    )
    catalogue_share: float = _number(
        0.15, "of all effort at most goes there: 10 s of a default search", "d = 10..22, N <= 275"
    )
    group_operations: float = _number(3e8, "making the irreducibles of a group: 0.13 s", "85 groups, 11 s")
    union_operations: float = _number(1.1e6, "a union of orbits: 0.46 ms", "d = 10..22, N <= 275")

    # Where the best codes have symmetry, or come from one that has.
    structured_above: int = _number(8, "more dimensions: most effort goes to groups and parents", "d = 10..17, N <= 95")
    structured_parts: tuple[tuple[str, float], ...] = _number(
        (
            ("hop", 2.0),
            ("symmetric hop", 30.0),
            ("catalogue", 100.0),
            ("parents", 12.0),
            ("exchange", 90.0),
            ("laminated", 30.0),
        ),
        "parts there, where optima are many",
        "d = 10..17, N <= 95",
    )

    exchange_temperature: float = _number(
        0.001, "mean of the rise that an exchange may make, in units of 1 - s", "(11, 73), (12, 91), (14, 93), (12, 98)"
    )
    exchange_patience: int = _number(
        100, "exchanges without success before a chain begins elsewhere; longer ones gain nothing", "(13, 99), (17, 93)"
    )

    # Parents: codes of another size.
    most_parents: tuple[int, int] = _number(
        (3, 8), "parents kept from round to round, and where most effort goes to groups", "(16, 91): the sixth"
    )
    parent_reach: float = _number(
        0.125, "a parent has at most this share of points more (or less)", "d = 14, 16, 17, N <= 85"
    )
    parent_parts: float = _number(3.0, "parts of codes made from parents where optima are many", _ALONE)
    parent_worth: tuple[float, float] = _number(
        (0.03, 0.01),
        "codes of another size expected within this of the best, in units of 1 - s, are parents; and there",
        "d = 3, N = 101..130; d = 10..17, N <= 95",
    )

    def numbers(self) -> list[Number]:
        """Return all settings with reason and place of measurement, in the order in which they are defined."""
        return [
            Number(entry.name, getattr(self, entry.name), entry.metadata["reason"], entry.metadata["measured"])
            for entry in fields(self)
        ]


SETTINGS = Settings()
