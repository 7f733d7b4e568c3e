"""The strategies of a search, one object each. A new one is a file here and an entry in `STRATEGIES`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from sphcode.search.strategies.catalogue import Catalogue
from sphcode.search.strategies.exchange import Exchange
from sphcode.search.strategies.hopping import Hop, Improve
from sphcode.search.strategies.laminated import Laminated
from sphcode.search.strategies.neighbour import Neighbour
from sphcode.search.strategies.overlap import Overlap
from sphcode.search.strategies.parents import Parents
from sphcode.search.strategies.starts import Starts
from sphcode.search.strategies.symmetric import Symmetric

if TYPE_CHECKING:
    from sphcode.search.plan import Plan
    from sphcode.search.workspace import Workspace


class Strategy(Protocol):
    """One way of finding codes."""

    @property
    def name(self) -> str:
        """What results call it."""

    def parts(self, plan: Plan) -> float:
        """Return its share of a round, in parts; 0 if it has no place in this plan."""

    def run(self, workspace: Workspace) -> None:
        """Search until `workspace.over()`: its `best` and `cosines` take what is found."""


#: In this order, which random streams depend on.
STRATEGIES: tuple[Strategy, ...] = (
    Starts("soft"),
    Starts("medium"),
    Starts("sharp"),
    Starts("slow"),
    Starts("large"),
    Symmetric("symmetric", hopping=False),
    Symmetric("symmetric hop", hopping=True),
    Hop(),
    Improve(),
    Neighbour(),
    Parents(),
    Catalogue(),
    Exchange(),
    Laminated(),
    Overlap(),
)

BY_NAME = {strategy.name: strategy for strategy in STRATEGIES}


def parts(plan: Plan) -> dict[str, float]:
    """Return the parts of the strategies that have a place in the plan."""
    shares = {strategy.name: share for strategy in STRATEGIES if (share := strategy.parts(plan)) > 0.0}
    if plan.structured:
        shares |= {name: share for name, share in plan.settings.structured_parts if name in shares}
    return {name: share for name, share in shares.items() if share > 0.0}
