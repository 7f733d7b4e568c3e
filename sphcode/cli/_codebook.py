"""How `show` and `construct` print a code as a codebook."""

from __future__ import annotations

import math
from typing import Any

#: Codes of up to this many coordinates are measured unasked: about half a second.
CODEBOOK_COORDINATES = 2**17


def codebook_lines(book: dict[str, Any]) -> list[str]:
    """Return the facts of a codebook as lines of text, radians as degrees."""
    relation = "=" if book["covering_radius_is_exact"] else ">="
    # Degrees are rounded down, so that ">=" holds as printed.
    degrees = math.floor(math.degrees(book["covering_radius"]) * 1e6) / 1e6
    return [
        f"bits per dimension    {book['bits_per_dimension']:.4f}",
        f"mean squared error    {book['mean_squared_error']:.5f} +- {book['mean_squared_error_spread']:.5f}"
        f" ({book['n_samples']} directions)",
        f"mean angle            {math.degrees(book['mean_angle']):.3f} +- "
        f"{math.degrees(book['mean_angle_spread']):.3f} degrees",
        f"covering radius       {relation} {degrees} degrees ({book['covering_radius_source']})",
    ]
