"""Kissing configurations that are on record and have a formula, one idea a file: largest cosine 1/2."""

from sphcode.codes.constructions.kissing import (
    bent_tiers,
    fano_products,
    golay_signs,
    hamming_layers,
    julin_layers,
    weil_orbits,
)

_MODULES = (weil_orbits, julin_layers, fano_products, hamming_layers, bent_tiers, golay_signs)
FAMILIES = tuple(family for module in _MODULES for family in module.FAMILIES)
