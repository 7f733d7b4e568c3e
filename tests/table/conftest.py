import pytest

from sphcode.table.build import build, cases_of


@pytest.fixture(scope="session")
def cases():
    """The rows of the small campaign."""
    return cases_of([3], range(5, 11), [3, 4])


@pytest.fixture(scope="session")
def campaign(cases, tmp_path_factory):
    """The folder of a small campaign of two rounds at effort 0.01, to be read only."""
    folder = tmp_path_factory.mktemp("table") / "campaign"
    build(folder, cases, effort=0.01, rounds=2)
    return folder
