"""A comparison in words: what `print(compare(...))` and `sphcode compare` show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sphcode._rounding import rounded_down, rounded_up

if TYPE_CHECKING:
    from sphcode.classifiers.comparison import Comparison
    from sphcode.classifiers.geometry import Geometry
    from sphcode.classifiers.measurement import UnitMeasurement

#: What the ratios of a head with a bias are about.
ABOUT = (
    "the class vectors alone, each divided by its norm, without the bias: true of these vectors, not of the decisions "
    "of the classifier"
)
#: Classes that are named: the worst, and those that are never the argmax.
_WORST = 5


def summary(comparison: Comparison) -> list[tuple[str, str]]:
    """Return what was found, a label and a text each, without the claim."""
    raw, reference, ceiling = comparison.raw, comparison.reference, comparison.ceiling
    about = "" if comparison.comparable else " (of the class vectors alone)"
    size = f"{comparison.n_classes} {'tokens' if comparison.stand_in else 'classes'} in dimension {comparison.dim}"
    instead = ", no classifier head; measured instead: its token embedding" if comparison.stand_in else ""
    rows = [
        ("head", f"{comparison.path or 'given as an array'}{instead}, {size}"),
        ("tensor", f"{comparison.key or 'the only one'}: {comparison.why}"),
        ("bias", _bias(comparison)),
        ("row norms", f"{raw.norms.min():.4g} to {raw.norms.max():.4g}, {len(raw.zero_rows)} zero rows"),
        ("raw margin", f"{rounded_down(float(raw.distances.minimum), 6)}, {_never(comparison)}"),
    ]
    if comparison.unit is not None:
        rows += _unit_rows(comparison, comparison.unit)
    if comparison.features.gnc1 is not None:
        rows.append(("GNC1", f"{comparison.features.gnc1:.4g} (variability collapse, smaller is better)"))
    if comparison.features.gnc3 is not None:
        rows.append(("GNC3", f"{comparison.features.gnc3:.4g} (self-duality, smaller is better)"))
    vectors = comparison.class_vectors
    if vectors is not None and vectors.position is not None:
        rows.append(("position", f"{vectors.position:.3f} between random heads (0) and the reference (1){about}"))
    optimum = comparison.temperature
    if optimum is not None and optimum.one_vs_rest_distance is not None:
        reached = f"free features and class vectors reach {optimum.one_vs_rest_distance:.4f}"
        rows.append((f"at scale {optimum.scale:g}", reached))
    if comparison.alignment is not None and comparison.alignment[0] is not None:
        residual, note = comparison.alignment
        rows.append(("alignment", f"reference code {note}, residual {residual:.3f} of its smallest chord"))
    if comparison.advice is not None:
        rows.append(("training", _advice(comparison.advice)))
    if reference is not None:
        rows.append(("reference", f"{rounded_down(reference.one_vs_rest_distance, 6)}  {reference.source}"))
    if ceiling is not None and comparison.upper_bound is not None:
        rows.append(("ceiling", f"{rounded_up(comparison.upper_bound, 6)}  {ceiling.name}{about}"))
    if not comparison.comparable and comparison.unit is not None:
        rows.append(("these numbers", f"are about {ABOUT}"))
    return rows


def _bias(comparison: Comparison) -> str:
    """What the bias does to the reading of the numbers."""
    if not comparison.has_bias:
        return "none"
    if comparison.constant_bias:
        return "the same for all classes, which changes no decision"
    return "in the raw margin; the unit rows are measured without it"


def _never(comparison: Comparison) -> str:
    """How many classes no feature makes the argmax, and the first of them."""
    never = comparison.raw.never_argmax
    first = ", ".join(comparison.name(int(index)) for index in never[:_WORST])
    more = ", ..." if len(never) > _WORST else ""
    with_it = " with the bias" if comparison.raw.has_bias else ""
    return f"{len(never)} never the argmax{with_it}{f': {first}{more}' if len(never) else ''}"


def _unit_rows(comparison: Comparison, unit: UnitMeasurement) -> list[tuple[str, str]]:
    quantiles = unit.quantiles()
    first, second = (comparison.name(index) for index in unit.closest_pair)
    worst = ", ".join(f"{comparison.name(index)} {rounded_down(value, 4)}" for index, value, *_ in unit.worst(_WORST))
    return [
        (
            "max cosine",
            f"{rounded_up(float(unit.nearest.max_cosine), 6)} between {first} and {second}"
            f" (stored rows: +-{comparison.cosine_rounding:.1g})",
        ),
        (
            "one-vs-rest",
            f"min {rounded_down(unit.minimum, 6)}, median {quantiles['0.5']:.4f}, max {quantiles['1']:.4f}",
        ),
        ("worst classes", worst),
        ("equal rows", f"{len(unit.duplicates)} pairs, {len(unit.near_duplicates)} further pairs nearly equal"),
        *_geometry_rows(comparison.geometry),
    ]


def _geometry_rows(geometry: Geometry | None) -> list[tuple[str, str]]:
    if geometry is None:
        return []
    even = "" if geometry.uniformity is None else f", uniformity {geometry.uniformity:.3f}"
    rank = f"effective rank {geometry.effective_rank:.1f}, frame potential {geometry.frame_potential:.4f}"
    return [("geometry", f"{rank}{even}, self-duality {geometry.self_duality:.2g}")]


def _advice(advice: dict[str, Any]) -> str:
    return (
        f"CosFace margin up to {rounded_down(advice['cosface_margin'], 3)}, "
        f"ArcFace up to {rounded_down(advice['arcface_margin_deg'], 1)} degrees, "
        f"logit scale {advice['scales']['0.99']:.1f} for posterior 0.99, needs dimension {advice['smallest_dim']}"
    )
