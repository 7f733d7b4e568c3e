"""Sphinx configuration."""

import sys
from pathlib import Path

import sphcode
from sphcode.figures._style import DARK, LIGHT

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "sphcode"
author = "the sphcode founders"
project_copyright = "2026, the sphcode founders"
version = release = sphcode.__version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "numpydoc",
    "measurements",
    "gallery",
    "command_line",
    "notebooks",
    "page_of_table",
    "terms",
]
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
# Options and values stand as they are typed.
smartquotes = False
html_theme = "furo"
html_static_path = ["_static"]
html_favicon = "figures/ball.svg"
html_css_files = ["sphcode.css"]
# The stored pictures take their colours from these, so that they follow the page's theme.
html_theme_options = {"light_css_variables": LIGHT, "dark_css_variables": DARK}
html_title = f"sphcode {version}"
exclude_patterns = ["_build", "examples", "schemas", "extensions", "gallery", "_static"]
autodoc_typehints = "none"
numpydoc_show_class_members = False
nitpicky = False
