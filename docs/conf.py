"""Sphinx configuration."""

import sphcode

project = "sphcode"
author = "the sphcode founders"
version = release = sphcode.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "numpydoc"]
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"sphcode {version}"
exclude_patterns = ["_build", "examples", "schemas"]
autodoc_typehints = "none"
numpydoc_show_class_members = False
nitpicky = False
