"""Codes with a formula, one family a file."""

from sphcode.codes.constructions.best import construct, construct_named, constructions
from sphcode.codes.constructions.construction import Construction, Family

__all__ = ["Construction", "Family", "construct", "construct_named", "constructions"]
