"""Checks too long for `.ci/run`, each session in an environment of its own: `nox -l` lists them."""

import nox

nox.options.sessions = ["slow"]

#: What tests use where it is installed, beside the extras.
OPTIONAL = ("torch==2.13.0", "scikit-learn", "pandas")

#: Peers of `tests/benchmarks/field*.py`; where one is not installed, its rows say so.
PEERS = ("pymanopt>=2.2", "casadi>=3.7", "faiss-cpu>=1.9", "sdpa-multiprecision>=0.2")


@nox.session
def slow(session: nox.Session) -> None:
    """Run the tests marked slow."""
    session.install("-e", ".[test,cluster]", *OPTIONAL)
    session.run("python", "-m", "pytest", "-m", "slow", *session.posargs, env={"SPHCODE_NO_SKIPS": "1"})


@nox.session
def optional(session: nox.Session) -> None:
    """Run the tests that need an optional package, with all of them installed: none may be skipped."""
    session.install("-e", ".[test,all]", *OPTIONAL)
    # Those of the libraries that write weights have a session of their own, `formats`.
    rooms = ["tests/classifiers", "tests/codes", "tests/margins", "tests/test_safetensors.py", "tests/test_files.py"]
    writers = "--ignore=tests/classifiers/formats/test_writers.py"
    session.run("python", "-m", "pytest", *rooms, writers, *session.posargs, env={"SPHCODE_NO_SKIPS": "1"})


@nox.session
def trainers(session: nox.Session) -> None:
    """Log the geometry of a head with the real Lightning and the Trainer of transformers: none may be skipped."""
    session.install("-e", ".[test]", "torch==2.13.0", "lightning", "transformers", "accelerate")
    session.run("python", "-m", "pytest", "tests/test_torch.py", *session.posargs, env={"SPHCODE_NO_SKIPS": "1"})


@nox.session(name="docs-full")
def docs_full(session: nox.Session) -> None:
    """Build the documentation from scratch, check its links, look at its pages in Chromium (Debian: `chromium`)."""
    session.install("-e", ".[docs,test]")
    session.run("sphinx-build", "-W", "--keep-going", "-E", "docs", "docs/_build/html")
    # Not among the tests of `pytest`, which need nothing but Python: its options are given anew.
    options = "addopts=--strict-markers --strict-config -ra --import-mode=importlib"
    env = {"SPHCODE_SHOTS": "docs/_build/shots", "SPHCODE_SITE": "docs/_build/html", "OMP_NUM_THREADS": "1"}
    session.run("python", "-m", "pytest", "-o", options, "tests/browser", "tests/test_gallery.py", env=env)
    session.run("sphinx-build", "-b", "linkcheck", "docs", "docs/_build/linkcheck")


@nox.session
def coverage(session: nox.Session) -> None:
    """Measure line coverage: kernels interpreted in their own tests, so that their lines count, the rest compiled."""
    session.install("-e", ".[test]", "coverage")
    run = ["coverage", "run", "-p", "--source=sphcode", "-m", "pytest", "-q"]
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    session.run("coverage", "erase")
    # Compiled only: double-double numbers need an instruction that Python lacks; the others are about compiling.
    about = ("double_double", "jit", "compiling")
    compiled = [f"--ignore=tests/kernels/test_{name}.py" for name in about]
    session.run(*run, "tests/kernels", *compiled, env={"NUMBA_DISABLE_JIT": "1", **threads})
    session.run(*run, *session.posargs, env=threads)
    session.run("coverage", "combine")
    session.run("coverage", "report", "--show-missing", "--skip-covered", "--fail-under=95")


@nox.session
@nox.parametrize("resolution", ["lowest-direct", "highest"])
def versions(session: nox.Session, resolution: str) -> None:
    """Run the tests with the oldest versions of all dependencies that pyproject.toml allows, and with the newest."""
    session.install("uv")
    session.run("uv", "pip", "install", "--resolution", resolution, "-e", ".[test]")
    session.run("uv", "pip", "list")
    session.run("python", "-m", "pytest", "-q", *session.posargs, env={"OMP_NUM_THREADS": "1"})


@nox.session
def adversary(session: nox.Session) -> None:
    """Make 10,000 liars out of honest certificates; what the checker accepts must be true in the eyes of the oracle."""
    session.install("-e", ".[test]")
    journal = session.create_tmp() + "/adversary.jsonl"
    env = {"PYTHONPATH": "tests", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    session.run("python", "-m", "adversary.campaign", "--journal", journal, *session.posargs, env=env)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Spoil arguments, command lines and files, some thousands of each: `nox -s fuzz -- SEED COUNT`."""
    session.install("-e", ".[all,test]")
    env = {"PYTHONPATH": "tests", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    session.run("python", "-m", "fuzz.runner", *(session.posargs or ("1", "3000")), env=env)


@nox.session
def formats(session: nox.Session) -> None:
    """Read files made by the libraries that write them, and 500 malformed ones."""
    session.install(
        "-e", ".[test]", "torch==2.13.0", "keras", "flax", "onnxruntime", "onnxscript", "peft", "scikit-learn"
    )
    env = {"SPHCODE_FORMATS": "1", "SPHCODE_MALFORMED": "500", "KERAS_BACKEND": "numpy", "OMP_NUM_THREADS": "1"}
    session.run("python", "-m", "pytest", "-rA", "tests/classifiers/formats", *session.posargs, env=env)


@nox.session
def real_heads(session: nox.Session) -> None:
    """Measure heads of models that others have published, and write docs/real_heads.md; see tests/real_heads.py."""
    session.install("-e", ".[test]", "keras", "onnxruntime")
    env = {"KERAS_BACKEND": "numpy", "OMP_NUM_THREADS": "1"}
    session.run("python", "tests/real_heads.py", *session.posargs, env=env)


@nox.session
def mutants(session: nox.Session) -> None:
    """Change the checker in 200 places, one at a time: each change is caught by a test, or explained."""
    session.install("-e", ".[test]")
    journal = session.create_tmp() + "/mutants.jsonl"
    session.run("python", "-m", "mutants.run", "--journal", journal, *session.posargs, env={"PYTHONPATH": "tests"})


@nox.session
def table(session: nox.Session) -> None:
    """Check every row of the shipped table with numpy and python-flint alone."""
    session.install("numpy", "python-flint")
    session.install("--no-deps", ".")
    # -P: the package that is installed, not the folder beside, which has no data.
    session.run("python", "-P", "-m", "sphcode", "table", "check", *session.posargs, env={"OMP_NUM_THREADS": "1"})


@nox.session
def bench(session: nox.Session) -> None:
    """Run the benchmarks named; each writes its tables to `docs/measurements/`. `--against REV` runs the gate."""
    session.install("-e", ".[test,bench]", *PEERS)
    arguments, env = list(session.posargs), {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    if "--against" in arguments:
        at = arguments.index("--against")
        env["SPHCODE_AGAINST"] = arguments[at + 1]
        arguments[at : at + 2] = ["gate"]
    options = [text for text in arguments if text.startswith("--")]
    for name in [text for text in arguments if text not in options]:
        session.run("python", "-m", "tests.benchmarks", name, *options, env=env)


@nox.session(name="bench-full")
def bench_full(session: nox.Session) -> None:
    """Run the races of the chapter "The field, measured" with 60 s and 3 seeds: hours; goes on where it stopped."""
    session.install("-e", ".[test,bench]", *PEERS)
    env = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    session.run("python", "-m", "tests.benchmarks", "field_full", "--keep", *session.posargs, env=env)
