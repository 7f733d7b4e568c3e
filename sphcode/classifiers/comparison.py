"""Comparison: a head measured twice, and what its dimension and number of classes allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from sphcode._notebook import Drawn, Shown, bar
from sphcode._rounding import rounded_down
from sphcode.classifiers.features import FeatureMeasurement
from sphcode.classifiers.geometry import Geometry
from sphcode.classifiers.measurement import LEAST_MARGIN, RawMeasurement, UnitMeasurement, counted
from sphcode.classifiers.reference import Reference
from sphcode.classifiers.summary import ABOUT, summary
from sphcode.classifiers.temperature import TemperatureOptimum

if TYPE_CHECKING:
    from sphcode.bounds.bound import Bound

__all__ = ["ABOUT", "SCHEMA", "ClassVectors", "Comparison"]

SCHEMA = "sphcode.compare/1"


@dataclass(frozen=True)
class ClassVectors(Shown):
    """The unit class vectors alone, held against code and ceiling; for every head, with a bias or without.

    Attributes
    ----------
    min_one_vs_rest : float
        Minimum one-vs-rest distance of the unit class vectors; larger is better.
    best_known_one_vs_rest, best_known_source : float, str or None
        That distance of the reference code (larger is better), and where it comes from.
    one_vs_rest_upper_bound, upper_bound_method : float, str or None
        The proven ceiling of that distance (rounded up) for any vectors of this number and dimension, and its
        theorem.
    ratio_to_best_known, ratio_to_upper_bound : float or None
        `min_one_vs_rest` as a share of each of the two; larger is better, 1 is the best.
    position : float or None
        Place of the distance between random heads (0) and the reference (1); larger is better.
    """

    min_one_vs_rest: float
    best_known_one_vs_rest: float | None
    best_known_source: str | None
    one_vs_rest_upper_bound: float | None
    upper_bound_method: str | None
    ratio_to_best_known: float | None
    ratio_to_upper_bound: float | None
    position: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object `class_vectors`."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Comparison(Drawn):
    """A head measured twice, and what its dimension and number of classes allow.

    Attributes
    ----------
    path, key : str or None
        Where the weights come from.
    dim, n_classes : int
        Columns and rows of the head.
    unit : UnitMeasurement or None
        The measurement of the unit rows; None when fewer than two rows have a direction.
    raw : RawMeasurement
        The measurement of the rows as loaded, with the bias if there is one.
    reference : Reference or None
        The best code at hand for this dimension and number of classes, named.
    ceiling : Bound or None
        The proven bound on any head of unit rows.
    comparable : bool
        Whether reference and ceiling speak about this head: unit rows exist and there is no bias, or a constant one.
        Otherwise they speak about its class vectors alone, see `class_vectors`.
    features : FeatureMeasurement
        Collapse of the features, as far as features or their moments are at hand.
    geometry : Geometry or None
        Evenness of the unit rows, dimensions in use.
    alignment : (float or None, str) or None
        Distance of the rows from a rotated copy of the reference code, as a share of the code's smallest chord, and
        what it means or why it was not measured.
    temperature : TemperatureOptimum or None
        What the unconstrained-feature model reaches at the head's logit scale; None without unit rows.
    cosine_rounding : float
        Largest change of a cosine that storing the rows in the file's type can have caused; smaller is better.
    names : tuple of str or None
        Names of the classes.
    warnings : tuple of str
        What limits the reading of these numbers.
    metadata : mapping
        The file's own notes, strings.
    why : str
        Why this tensor was taken for the head.
    stand_in : bool
        Whether the model has no classifier head, and its token embedding was measured instead.
    has_bias, constant_bias : bool
        Whether the head has a bias, and whether all its entries are equal: then it changes no decision.
    """

    path: str | None
    key: str | None
    dim: int
    n_classes: int
    unit: UnitMeasurement | None
    raw: RawMeasurement
    reference: Reference | None
    ceiling: Bound | None
    comparable: bool
    features: FeatureMeasurement
    geometry: Geometry | None
    alignment: tuple[float | None, str] | None
    temperature: TemperatureOptimum | None
    cosine_rounding: float
    names: tuple[str, ...] | None
    warnings: tuple[str, ...]
    metadata: Mapping[str, str] = field(default_factory=dict)
    why: str = ""
    stand_in: bool = False
    has_bias: bool = False
    constant_bias: bool = False

    @property
    def min_one_vs_rest(self) -> float | None:
        """Minimum one-vs-rest distance of the unit rows; larger is better."""
        return None if self.unit is None else self.unit.minimum

    @property
    def upper_bound(self) -> float | None:
        """The proven ceiling of the minimum one-vs-rest distance."""
        return None if self.ceiling is None else self.ceiling.one_vs_rest_upper_bound

    @property
    def ratio_to_best_known(self) -> float | None:
        """Minimum one-vs-rest distance over that of the reference; 1 is as good as the reference."""
        vectors = self.class_vectors
        return None if vectors is None or not self.comparable else vectors.ratio_to_best_known

    @property
    def ratio_to_upper_bound(self) -> float | None:
        """Minimum one-vs-rest distance over the ceiling, which no head of unit rows can exceed."""
        vectors = self.class_vectors
        return None if vectors is None or not self.comparable else vectors.ratio_to_upper_bound

    @property
    def position(self) -> float | None:
        """Place of the minimum distance between random heads (0) and the reference (1)."""
        vectors = self.class_vectors
        return None if vectors is None or not self.comparable else vectors.position

    @property
    def class_vectors(self) -> ClassVectors | None:
        """The unit class vectors alone against reference and ceiling, whatever the bias; None without unit rows."""
        if self.unit is None:
            return None
        minimum, reference, top = self.unit.minimum, self.reference, self.upper_bound
        best = None if reference is None else reference.one_vs_rest_distance
        chance = None if self.geometry is None else self.geometry.random_one_vs_rest
        span = 0.0 if best is None or chance is None else best - chance
        return ClassVectors(
            min_one_vs_rest=minimum,
            best_known_one_vs_rest=best,
            best_known_source=None if reference is None else reference.source,
            one_vs_rest_upper_bound=top,
            upper_bound_method=None if self.ceiling is None else self.ceiling.name,
            ratio_to_best_known=minimum / best if best else None,
            ratio_to_upper_bound=minimum / top if top else None,
            position=(minimum - chance) / span if span > 0 and chance is not None else None,
        )

    @property
    def advice(self) -> dict[str, Any] | None:
        """What the margin means in training, see `sphcode.classifiers.advice.advise`.

        None without a margin, and with a bias: the margins of a loss are those of the class vectors with their bias.
        """
        if self.unit is None or self.unit.minimum < LEAST_MARGIN or not self.comparable:
            return None
        from sphcode.classifiers.advice import advise

        return advise(self.unit.minimum, self.unit.nearest.min_angle_deg, len(self.unit.rows), self.dim)

    @property
    def claim(self) -> str:
        """The result in one line; numbers are rounded to the safe side."""
        unit, vectors = self.unit, self.class_vectors
        if unit is None or vectors is None:
            return "no one-vs-rest distance: fewer than two rows have a direction"
        text = "" if self.comparable else "class vectors alone, without the bias: "
        text += "min one-vs-rest " + (f"of a sample of {unit.sample} classes " if unit.sample is not None else "")
        shares = []
        if vectors.ratio_to_best_known is not None:
            shares.append(f"{rounded_down(100 * vectors.ratio_to_best_known, 2)} % of {vectors.best_known_source}")
        if vectors.ratio_to_upper_bound is not None:
            share = rounded_down(100 * vectors.ratio_to_upper_bound, 2)
            shares.append(f"{share} % of the proven ceiling ({vectors.upper_bound_method})")
        text += rounded_down(unit.minimum, 6)
        return f"{text} = {', '.join(shares)}" if shares else f"{text}; not comparable with a code or a ceiling"

    def name(self, index: int) -> str:
        """Return the name of a class, or its index as text."""
        return str(index) if self.names is None else self.names[index]

    def _numbers(self) -> list[tuple[str, str]]:
        return [*summary(self), ("claim", self.claim)]

    def _picture(self) -> str:
        if self.min_one_vs_rest is None or self.upper_bound is None:
            return ""
        reference = self.reference
        marks = [] if reference is None else [(reference.one_vs_rest_distance, reference.label)]
        return bar(self.min_one_vs_rest, self.upper_bound, marks)

    def __str__(self) -> str:
        rows = summary(self)
        return "\n".join([*(f"{label:<14}{value}" for label, value in rows), self.claim])

    def __repr__(self) -> str:
        ratios = (self.ratio_to_best_known, self.ratio_to_upper_bound)
        best, ceiling = ("none" if ratio is None else f"{ratio:.4f}" for ratio in ratios)
        return (
            f"Comparison(dim={self.dim}, n_classes={self.n_classes}, min_one_vs_rest={self.min_one_vs_rest}, "
            f"ratio_to_best_known={best}, ratio_to_upper_bound={ceiling})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object that `sphcode compare --json` prints."""
        unit, vectors = self.unit, self.class_vectors
        held = vectors if self.comparable else None
        return {
            "schema": SCHEMA,
            "path": self.path,
            "key": self.key,
            "dim": self.dim,
            "n_classes": self.n_classes,
            "normalized": self.comparable,
            "min_one_vs_rest": self.min_one_vs_rest,
            "min_one_vs_rest_distinct": None if unit is None else unit.min_distinct,
            "one_vs_rest_quantiles": None if unit is None else unit.quantiles(),
            "max_cosine": None if unit is None else float(unit.nearest.max_cosine),
            "duplicates": counted([] if unit is None else unit.duplicates),
            "near_duplicates": counted([] if unit is None else unit.near_duplicates),
            "best_known_one_vs_rest": None if held is None else held.best_known_one_vs_rest,
            "best_known_source": None if held is None else held.best_known_source,
            "one_vs_rest_upper_bound": None if held is None else held.one_vs_rest_upper_bound,
            "upper_bound_method": None if held is None else held.upper_bound_method,
            "ratio_to_best_known": self.ratio_to_best_known,
            "ratio_to_upper_bound": self.ratio_to_upper_bound,
            "gnc1": self.features.gnc1,
            "gnc2": self.min_one_vs_rest,
            "gnc3": self.features.gnc3,
            "inside_hull": counted([] if unit is None else unit.inside_hull),
            "rattlers": counted([] if unit is None else unit.slack_classes),
            "raw": self.raw.to_dict(),
            "warnings": list(self.warnings),
            "sample": None if unit is None else unit.sample,
            "position": self.position,
            "rattlers_packing": counted([] if unit is None else unit.rattlers_packing),
            "contacts": counted([] if unit is None else unit.contact_pairs),
            "cosine_rounding": self.cosine_rounding,
            "temperature": None if self.temperature is None else self.temperature.to_dict(),
            "geometry": None if self.geometry is None else self.geometry.to_dict(),
            "features": self.features.to_dict(),
            "advice": self.advice,
            "alignment": None
            if self.alignment is None
            else dict(zip(("residual", "note"), self.alignment, strict=True)),
            "slack_classes": counted([] if unit is None else unit.slack_classes),
            "contact_pairs": counted([] if unit is None else unit.contact_pairs),
            "tensor": {"name": self.key, "why": self.why, "stand_in": self.stand_in},
            "bias": {"present": self.has_bias, "constant": self.constant_bias},
            "class_vectors": None if vectors is None else vectors.to_dict(),
            "sample_guarantee": None
            if unit is None or unit.sample_guarantee is None
            else [asdict(row) for row in unit.sample_guarantee],
        }
