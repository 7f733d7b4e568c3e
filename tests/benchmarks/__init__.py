"""Measurements: `python -m tests.benchmarks NAME`; how one is added stands in `runner.py`."""
