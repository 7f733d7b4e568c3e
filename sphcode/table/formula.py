"""What the checker finds of a construction, whose exact rows come block by block: no points are stored or kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flint import ctx, fmpq

from sphcode.errors import InvalidInputError
from sphcode.proofs.code.streamed import largest_streamed
from sphcode.proofs.optimality import proven_optimal
from sphcode.proofs.rounding import decimal_up
from sphcode.proofs.sharp import Surd
from sphcode.proofs.verify import bits_for

if TYPE_CHECKING:
    from sphcode.codes.constructions import Construction

__all__ = ["formula_claim"]


def formula_claim(found: Construction, digits: int) -> tuple[str, str] | None:
    """Return the largest cosine of a construction, rounded up to so many decimals, and the level: exists or optimal.

    None where it has no exact rows of one norm.
    """
    if found.integer_rows is None:
        return None
    try:
        streamed = largest_streamed(found.n_points, found.dim, found.integer_rows, found.radicand)
    except InvalidInputError:
        return None
    products = streamed.inner_products
    surds = None if products is None else tuple(Surd(value, fmpq(0), 1) for value in products)
    optimal = proven_optimal(found.dim, found.n_points, 0, surds)
    with ctx.workprec(bits_for(digits)):
        return decimal_up(streamed.cosine.ball(), digits), "exists" if optimal is None else "optimal"
