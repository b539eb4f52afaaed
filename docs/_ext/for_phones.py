"""What phones have no room for keeps a width at which it can be read, and scrolls sideways in a box of its own.

Pictures with words in them (every SVG, and what has `:class: words`) get such a box; tables have one from the theme,
and their cells with prose in them are marked. docs/_static/learn.css does the rest.
"""

from __future__ import annotations

from typing import Any, Final

from docutils import nodes
from sphinx.application import Sphinx

_PROSE: Final = 40  # characters: a cell with more has sentences in it


def _mark(app: Sphinx, tree: nodes.document) -> None:
    for picture in list(tree.findall(nodes.image)):
        if picture["uri"].endswith(".svg") or "words" in picture["classes"]:
            alone = isinstance(picture.parent, nodes.paragraph) and len(picture.parent) == 1
            replaced = picture.parent if alone else picture
            replaced.replace_self(nodes.container("", picture.deepcopy(), classes=["wide-picture"]))
    for cell in tree.findall(nodes.entry):
        if len(cell.astext()) > _PROSE:
            cell["classes"].append("prose")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("doctree-read", _mark)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
