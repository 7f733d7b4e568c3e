"""Sphinx configuration."""

import sys
from pathlib import Path

import sphcode

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "sphcode"
author = "the sphcode founders"
version = release = sphcode.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "numpydoc", "measurements"]
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"sphcode {version}"
exclude_patterns = ["_build", "examples", "schemas", "extensions"]
autodoc_typehints = "none"
numpydoc_show_class_members = False
nitpicky = False
