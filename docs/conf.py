"""How Sphinx builds the site: `make docs`."""

import sys
from pathlib import Path

from deepdreamr import __version__

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

project = "deepdreamr"
author = "the authors of deepdreamr"
version = release = __version__
html_title = f"deepdreamr {release}"

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "myst_parser",
    "sphinx_copybutton",
    "sphinx_design",
    "docstrings",
    "pages",
]
exclude_patterns = ["made"]
examples_folder = str(ROOT / "build" / "examples")

default_role = "py:obj"
suppress_warnings = ["ref.python"]  # a name that several classes have: `shape`
highlight_language = "none"
myst_enable_extensions = ["attrs_block", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4

autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False

html_theme = "pydata_sphinx_theme"
html_math_renderer = "mathml"
html_static_path = ["_static"]
templates_path = ["_templates"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_sidebars = {page: [] for page in ("index", "tutorial", "gallery", "benchmarks", "news")}
html_context = {"default_mode": "auto"}  # as the system is: the theme wants it said
html_theme_options = {
    "logo": {"text": "deepdreamr"},
    "navbar_center": ["navbar-nav", "r-link"],
    "navbar_end": ["theme-switcher"],
    "navbar_persistent": ["search-button"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": True,
    "show_toc_level": 2,
    "header_links_before_dropdown": 7,
}
copyright = f"{author}; MIT"
copybutton_exclude = ".linenos, .gp, .go"
copybutton_selector = "div:not(.printed) > div.highlight > pre"
