"""The docs site: `make docs` builds it into src/roomcast/site/learn/, and every server serves it at /learn/."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))
sys.path.insert(0, str(Path(__file__).parent.parent / "src"))  # pip hides a clone that is installed as editable

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

import roomcast

project = "Roomcast"
author = "The Roomcast authors"
copyright = author  # noqa: A001  # Sphinx's name for it
release = version = roomcast.__version__
language = "en"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
    "sphinx_design",  # tabs: Linux, macOS and Windows side by side
    "plain_docstrings",
    "repository_links",
    "command_help",
    "limits_table",
    "for_phones",
    "accessible_theme",
    "strict_policy",
]
exclude_patterns = ["_build", "_ext", "_templates", "**/README.txt"]
nitpicky = True  # a reference that leads nowhere is a warning, and in `make docs` a warning is an error

# ---------------------------------------------------------------- Markdown

myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "fieldlist", "tasklist"]
myst_heading_anchors = 4  # the same anchors as on a Git host: guide.md#share-state

# ---------------------------------------------------------------- the reference, from docstrings

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
default_role = "py:obj"  # `Room` in a docstring is a link where there is something of that name, else code
python_use_unqualified_type_names = True
add_module_names = False

# ---------------------------------------------------------------- the pages

html_theme = "furo"
html_title = "Roomcast"
html_favicon = "../src/roomcast/site/icon.svg"
html_static_path = ["_static"]
templates_path = ["_templates"]
html_css_files = ["learn.css", "beside.css"]
html_js_files = [("learn.js", {"defer": "defer"})]
html_domain_indices = False  # modules: the reference is by name
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_last_updated_fmt = None  # the same sources give the same pages
html_theme_options = {
    "light_css_variables": {},
    "dark_css_variables": {},
    "top_of_page_buttons": [],  # the sources are in the repository, not here
}
highlight_language = "text"  # what has no language is a terminal's, and no Python
highlight_options = {"python": {"stripnl": True}}  # a piece of a file may end in blank lines
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True


def setup(app: Sphinx) -> None:
    app.add_lexer("starter", TextLexer)  # docs/protocol.md: lines of the starter protocol
    app.add_lexer("dice", TextLexer)  # … and what a seed gives
