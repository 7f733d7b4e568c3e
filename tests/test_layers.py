"""Imports point down only, heavy packages stay in their rooms, and `import sphcode` stays light."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import import_graph
import pytest

import sphcode

PACKAGE = Path(sphcode.__file__).parent
LAYERS = [
    {
        "errors",
        "_compilation",
        "_deprecated",
        "_certificates",
        "_environment",
        "_files",
        "_notebook",
        "_notebook_progress",
        "_progress",
        "_rng",
        "_rounding",
        "_rows",
        "_safetensors",
        "_validate",
        "_workers",
    },
    {"kernels", "proofs"},
    {"codes"},
    {"symmetry"},
    {"search", "bounds"},
    {"margins", "table"},
    {"classifiers"},
    {"figures", "torch"},
    {"cli"},
]
# Floors inside rooms that have become folders: a room imports from lower floors only.
FLOORS = {
    "bounds": [
        {"closed_form", "gegenbauer", "literature", "proven", "result", "sdp"},
        {"delsarte", "stored"},
        {"three_point"},
        {"questions"},
        {"bound"},
        {"floors"},
    ],
    "proofs": [
        {"finding", "integer_rows", "rounding", "schemas", "schlaefli", "verdict"},
        {"coordinates", "gegenbauer"},
        {"certificate"},
        {"closed_forms"},
        {"sharp"},
        {"bound", "code"},
        {"optimality"},
        {"verify"},
        {"prove"},
    ],
}
# Names left in old places until 0.3.
OLD_PLACES = {"bounds": {"cross_entropy", "energy"}, "proofs": set()}
# Rooms, floors and arrows that the top of bounds/ may have.
MOST = (14, 6, 22)
# The only places that may import these packages, at any depth.
HOMES = {
    "numba": {"kernels"},
    "cvxpy": {"bounds"},
    "torch": {"classifiers/formats", "margins/device.py", "margins/eight_bits.py", "torch.py"},
    "h5py": {"classifiers/formats"},
    "safetensors": {"classifiers/formats"},
    "onnx": {"classifiers/formats"},
    "gguf": {"classifiers/formats"},
    "msgpack": {"classifiers/formats"},
    "matplotlib": {"figures"},
    "jinja2": {"figures"},
}
HEAVY = ("scipy", "numba", "cvxpy", "flint", "matplotlib", "torch")
MODULES = sorted(PACKAGE.rglob("*.py"))
FOLDERS = sorted(path.parent for path in PACKAGE.rglob("__init__.py"))


def level(room):
    return next((index for index, rooms in enumerate(LAYERS) if room in rooms), None)


def imports(path):
    """(top-level package, room of sphcode or None) of all imports, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [node.module]
            if node.module == "sphcode":
                names = [f"sphcode.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            yield parts[0], parts[1] if parts[0] == "sphcode" and len(parts) > 1 else None


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path):
    own = level(room_of(path))
    if own is None:
        assert room_of(path) in ("__init__", "__main__"), f"{path}: no layer for this module; see docs/architecture.md"
        return
    for package, room in imports(path):
        if package != "sphcode" or room in (None, "__version__", room_of(path)):
            continue
        target = "data" if room == "data" else room
        assert target == "data" or level(target) is not None, f"{path} imports sphcode.{room}, which has no layer"
        if target != "data":
            assert level(target) < own or level(target) == own == 0, f"{path} ({room_of(path)}) imports {target}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_heavy_packages_stay_in_their_rooms(path):
    relative = path.relative_to(PACKAGE).as_posix()
    for package, _ in imports(path):
        homes = HOMES.get(package)
        assert homes is None or any(relative == home or relative.startswith(f"{home}/") for home in homes), (
            f"{relative} imports {package}"
        )


@pytest.mark.parametrize("room", FLOORS)
def test_rooms_of_a_folder_stand_on_their_floors(room):
    floor_of = {name: index for index, names in enumerate(FLOORS[room]) for name in names}
    assert import_graph.rooms(PACKAGE / room) == {*floor_of, *OLD_PLACES[room]}
    for own, target in sorted(import_graph.arrows(PACKAGE / room)):
        assert target not in OLD_PLACES[room], f"{room}/{own} imports {target} from its old place"
        assert own in OLD_PLACES[room] or floor_of[target] < floor_of[own], (
            f"{room}/{own} imports {target}, not below it"
        )


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(PACKAGE.parent)))
def test_no_circle(folder):
    assert import_graph.floors(folder)


def test_bounds_can_be_seen_at_one_look():
    folder = PACKAGE / "bounds"
    counts = (len(import_graph.rooms(folder)), len(import_graph.floors(folder)), len(import_graph.arrows(folder)))
    assert all(count <= most for count, most in zip(counts, MOST, strict=True)), counts


def test_checker_is_independent():
    for path in sorted((PACKAGE / "proofs").rglob("*.py")):
        for package, room in imports(path):
            assert package not in ("numba", "scipy", "cvxpy"), f"{path} imports {package}"
            assert room in (None, "proofs", *LAYERS[0]), f"{path} imports sphcode.{room}"


@pytest.mark.parametrize(
    "statement",
    [
        "import sphcode",
        "import sphcode; sphcode.SphericalCode; sphcode.best_known(3, 24)",
        "from sphcode.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass",
        "from sphcode.cli.main import main; main(['version'])",
    ],
)
def test_light_imports(statement):
    script = f"{statement}\nimport sys; print(sorted(set({HEAVY}) & set(sys.modules)), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_public_names_exist():
    for name in sphcode.__all__:
        assert getattr(sphcode, name).__doc__, f"sphcode.{name} has no docstring"
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = sphcode.nonsense


def test_every_folder_is_in_the_wheel():
    settings = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = {".".join(folder.relative_to(PACKAGE.parent).parts) for folder in FOLDERS}
    assert set(settings["packages"]) == folders | {"sphcode.data"}
