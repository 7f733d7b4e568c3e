"""Tests mirror the package: each module has its test file, or stands here with the file that tests it, and why."""

from fnmatch import fnmatch
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "sphcode"

#: Modules by their path in sphcode (patterns), the file that tests them, and why they have none of their own.
ELSEWHERE = [
    ("symmetry/fields.py", "symmetry/test_catalogue.py", "the arithmetic of the groups"),
    ("symmetry/groups.py", "symmetry/test_catalogue.py", "formulas, all through one set of tests"),
    ("symmetry/permutations.py", "symmetry/test_catalogue.py", "orders and random elements of the groups"),
    ("symmetry/coset_spaces.py", "symmetry/test_irreducibles.py", "what the irreducibles are read off"),
    ("symmetry/enumeration.py", "symmetry/test_codes.py", "one piece of work at a time"),
    ("kernels/group_actions.py", "symmetry/test_irreducibles.py", "orbits of pairs and colourings, fixed points"),
    ("kernels/orbit_union.py", "symmetry/test_unions.py", "the minimisation of unions"),
    ("errors.py", "test_validate.py", "names only; every test of a refusal uses them"),
    ("_progress.py", "cli/test_streams.py", "one record, printed by the command line"),
    ("bounds/energy.py", "bounds/test_old_places.py", "an old place, until 0.3"),
    ("bounds/cross_entropy.py", "bounds/test_old_places.py", "an old place, until 0.3"),
    ("bounds/literature.py", "bounds/test_bound.py", "what `cited` holds"),
    ("bounds/proven.py", "bounds/test_bound.py", "steps of `bound`"),
    ("bounds/questions.py", "bounds/test_bound.py", "steps of `bound`"),
    ("bounds/result.py", "bounds/test_bound.py", "a result class"),
    ("bounds/delsarte/*.py", "bounds/delsarte/test_certificate.py", "parts of one method, whose end is a certificate"),
    ("bounds/floors/*.py", "bounds/floors/test_energy.py", "the two methods of the energy floor"),
    ("bounds/sdp/*.py", "bounds/three_point/test_program.py", "the solver, on the program that it is for"),
    ("bounds/three_point/face.py", "bounds/three_point/test_exact.py", "steps to an exact certificate"),
    ("bounds/three_point/quadratic.py", "bounds/three_point/test_exact.py", "steps to an exact certificate"),
    ("bounds/three_point/*.py", "bounds/three_point/test_bound.py", "steps to a bound with its certificate"),
    ("classifiers/comparison.py", "classifiers/test_compare.py", "a result class"),
    ("classifiers/geometry.py", "classifiers/test_compare.py", "part of the comparison"),
    ("classifiers/features.py", "classifiers/test_collapse.py", "the metrics are those of `collapse`"),
    ("classifiers/formats/*.py", "classifiers/test_weights.py", "all readers meet the same files, good and bad"),
    ("classifiers/*.py", "classifiers/test_weights.py", "steps of reading a head"),
    ("cli/_*.py", "cli/test_streams.py", "shared by the commands"),
    ("cli/constructions.py", "cli/test_construct.py", "the list beside the command"),
    ("cli/version.py", "cli/test_streams.py", "one line"),
    ("codes/constructions/kissing/*.py", "codes/constructions/test_best.py", "families, all through one set of tests"),
    ("codes/constructions/*.py", "codes/constructions/test_spectra.py", "families, all through one set of tests"),
    ("codes/text_table.py", "codes/test_point_files.py", "one of the layouts of a point file"),
    ("figures/*.py", "figures/test_figures.py", "all figures through one set of tests"),
    ("kernels/active_set.py", "kernels/test_interior_point.py", "inner loops of the interior point"),
    ("proofs/bound/energy.py", "bounds/floors/test_energy.py", "certificates come from the floor"),
    ("proofs/bound/claim.py", "proofs/bound/test_check.py", "what every kind reads first"),
    ("proofs/bound/kinds.py", "proofs/bound/test_check.py", "the table of kinds"),
    ("proofs/bound/delsarte.py", "proofs/bound/test_check.py", "one kind of certificate"),
    ("proofs/bound/theorems.py", "proofs/bound/test_check.py", "the kinds that need nothing more"),
    ("proofs/bound/three_point_residual.py", "proofs/bound/test_three_point.py", "the longest step of that check"),
    ("proofs/finding.py", "proofs/bound/test_check.py", "what a check says, one record"),
    ("proofs/schemas.py", "proofs/test_verify.py", "two names"),
    ("proofs/sharp.py", "proofs/test_optimality.py", "what makes a code optimal"),
    ("proofs/verdict.py", "proofs/test_verify.py", "a result class"),
    ("proofs/code/contacts.py", "proofs/code/test_rattlers.py", "the contact graph that others start from"),
    ("proofs/code/parts.py", "proofs/code/test_circuits.py", "how dependencies are split"),
    ("proofs/code/*.py", "proofs/test_prove.py", "steps of a proof"),
    ("search/settings.py", "search/test_plan.py", "numbers that the plan reads"),
    ("search/*.py", "search/test_generate.py", "steps of a search"),
]


def module_names():
    paths = [path.relative_to(PACKAGE) for path in sorted(PACKAGE.rglob("*.py"))]
    return [path.as_posix() for path in paths if path.stem not in ("__init__", "__main__")]


def own_test(module):
    path = Path(module)
    return TESTS / path.parent / f"test_{path.stem.removeprefix('_')}.py"


def elsewhere(module):
    return next(
        (entry for entry in ELSEWHERE if fnmatch(module, entry[0]) and module.count("/") == entry[0].count("/")), None
    )


@pytest.mark.parametrize("module", module_names())
def test_module_has_its_test(module):
    entry = elsewhere(module)
    assert own_test(module).exists() or entry is not None, f"write {own_test(module).relative_to(TESTS.parent)}"


def test_the_list_is_short_and_not_stale():
    for pattern, test, reason in ELSEWHERE:
        assert (TESTS / test).exists(), f"{pattern}: no {test}"
        assert reason
        left = [module for module in module_names() if elsewhere(module) == (pattern, test, reason)]
        assert any(not own_test(module).exists() for module in left), f"{pattern}: each module has its own test now"
