"""Codes with a formula, one family a file."""

from sphcode.codes.constructions.best import construct
from sphcode.codes.constructions.catalog import construct_named, constructions
from sphcode.codes.constructions.construction import Construction, Family

__all__ = ["Construction", "Family", "construct", "construct_named", "constructions"]
