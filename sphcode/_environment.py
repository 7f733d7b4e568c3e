"""Which versions are at work; for reports and for `sphcode doctor`."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from functools import cache
from pathlib import Path

REQUIRED = ("numpy", "scipy", "numba", "cvxpy", "python-flint", "threadpoolctl", "ml_dtypes")
OPTIONAL = {
    "report": ("matplotlib", "jinja2"),
    "weights": ("safetensors", "h5py", "msgpack"),
    "onnx": ("onnx",),
    "gguf": ("gguf",),
    "torch": ("torch",),
    "cluster": ("distributed",),
    "completion": ("argcomplete",),
}
#: Rooms that decide what a search finds.
SEARCHES = ("kernels", "codes", "symmetry", "search")
#: Solvers that cvxpy finds by itself when they are installed.
SOLVERS = ("clarabel", "highspy", "scs", "osqp", "sdpa-multiprecision")


def version_of(package: str) -> str | None:
    """Return the installed version of a package, or None; nothing is imported."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def versions() -> dict[str, str | None]:
    """Return the versions of Python, sphcode and what it requires."""
    from sphcode import __version__

    packages = {name: version_of(name) for name in REQUIRED}
    return {"python": platform.python_version(), "sphcode": __version__, **packages}


@cache
def code_version() -> str:
    """Return the version of sphcode with a digest of what a search runs: the same digest, the same codes."""
    from sphcode import __version__

    home, digest = Path(__file__).parent, hashlib.sha256()
    for room in SEARCHES:
        for path in sorted((home / room).rglob("*.py")):
            digest.update(path.relative_to(home).as_posix().encode() + path.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:12]}"
