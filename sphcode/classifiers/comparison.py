"""Comparison: a head measured twice, and what its dimension and number of classes allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from sphcode._rounding import rounded_down
from sphcode.classifiers.features import FeatureMeasurement
from sphcode.classifiers.geometry import Geometry
from sphcode.classifiers.measure import LEAST_MARGIN, RawMeasurement, UnitMeasurement, counted
from sphcode.classifiers.reference import Reference
from sphcode.classifiers.temperature import TemperatureOptimum

if TYPE_CHECKING:
    from sphcode.bounds.bound import Bound

SCHEMA = "sphcode.compare/1"


@dataclass(frozen=True, eq=False)
class Comparison:
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
        Whether reference and ceiling speak about this head: unit rows exist and there is no bias.
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
        Largest change of a cosine that storing the rows in the file's type can have caused.
    names : tuple of str or None
        Names of the classes.
    warnings : tuple of str
        What limits the reading of these numbers.
    metadata : mapping
        The file's own notes, strings.
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
        return self._ratio(None if self.reference is None else self.reference.one_vs_rest_distance)

    @property
    def ratio_to_upper_bound(self) -> float | None:
        """Minimum one-vs-rest distance over the ceiling, which no head of unit rows can exceed."""
        return self._ratio(self.upper_bound)

    def _ratio(self, best: float | None) -> float | None:
        if not self.comparable or self.unit is None or not best:
            return None
        return self.unit.minimum / best

    @property
    def position(self) -> float | None:
        """Place of the minimum distance between random heads (0) and the reference (1)."""
        chance = None if self.geometry is None else self.geometry.random_one_vs_rest
        if not self.comparable or self.unit is None or self.reference is None or chance is None:
            return None
        span = self.reference.one_vs_rest_distance - chance
        return (self.unit.minimum - chance) / span if span > 0 else None

    @property
    def advice(self) -> dict[str, Any] | None:
        """What the margin means in training, see `sphcode.classifiers.advice.advise`; None without a margin."""
        if self.unit is None or self.unit.minimum < LEAST_MARGIN:
            return None
        from sphcode.classifiers.advice import advise

        return advise(self.unit.minimum, self.unit.nearest.min_angle_deg, len(self.unit.rows), self.dim)

    @property
    def claim(self) -> str:
        """The result in one line; numbers are rounded to the safe side."""
        unit, reference, ceiling = self.unit, self.reference, self.ceiling
        if unit is None:
            return "no one-vs-rest distance: fewer than two rows have a direction"
        text = f"min one-vs-rest {rounded_down(unit.minimum, 6)}"
        if unit.sample is not None:
            text = f"min one-vs-rest of a sample of {unit.sample} classes {rounded_down(unit.minimum, 6)}"
        shares = []
        if self.ratio_to_best_known is not None and reference is not None:
            shares.append(f"{rounded_down(100 * self.ratio_to_best_known, 2)} % of {reference.source}")
        if self.ratio_to_upper_bound is not None and ceiling is not None:
            kind = "proven ceiling" if ceiling.rigorous else "numerical, not proven ceiling"
            shares.append(f"{rounded_down(100 * self.ratio_to_upper_bound, 2)} % of the {kind} ({ceiling.name})")
        return f"{text} = {', '.join(shares)}" if shares else f"{text}; not comparable with a code or a ceiling"

    def name(self, index: int) -> str:
        """Return the name of a class, or its index as text."""
        return str(index) if self.names is None else self.names[index]

    def __repr__(self) -> str:
        ratios = (self.ratio_to_best_known, self.ratio_to_upper_bound)
        best, ceiling = ("none" if ratio is None else f"{ratio:.4f}" for ratio in ratios)
        return (
            f"Comparison(dim={self.dim}, n_classes={self.n_classes}, min_one_vs_rest={self.min_one_vs_rest}, "
            f"ratio_to_best_known={best}, ratio_to_upper_bound={ceiling})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object that `sphcode compare --json` prints."""
        unit, reference, ceiling = self.unit, self.reference, self.ceiling
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
            "best_known_one_vs_rest": None if reference is None else reference.one_vs_rest_distance,
            "best_known_source": None if reference is None else reference.source,
            "one_vs_rest_upper_bound": self.upper_bound,
            "upper_bound_method": None if ceiling is None else ceiling.name,
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
            "temperature": None if self.temperature is None else asdict(self.temperature),
            "geometry": None if self.geometry is None else self.geometry.to_dict(),
            "features": asdict(self.features),
            "advice": self.advice,
            "alignment": None
            if self.alignment is None
            else dict(zip(("residual", "note"), self.alignment, strict=True)),
            "slack_classes": counted([] if unit is None else unit.slack_classes),
            "contact_pairs": counted([] if unit is None else unit.contact_pairs),
        }
