"""Reads this project's docstrings, which are plain text with `names` in backticks and indented examples.

A paragraph before an indented block gets the `::` that reStructuredText wants there, and a name in backticks becomes a
link where the site has something of that name, else code.
"""

from __future__ import annotations

from typing import Any, Final

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

_GIVEN: Final = ("AsyncRoom", "HostedRoom", "LogEntry", "Player", "Players", "Progress", "Room", "Shared")
_GIVEN_IN_TESTS: Final = ("Broken", "Faults", "SimulatedRoom")
WITHOUT_SIGNATURE: Final = {
    *(f"roomcast.{name}" for name in _GIVEN),  # programs never make one
    *(f"roomcast.testing.{name}" for name in _GIVEN_IN_TESTS),
    "roomcast.Limits",  # a table has all of them
}


def literal_blocks(lines: list[str]) -> list[str]:
    """The lines with a directive before each indented block that follows a paragraph.

    >>> literal_blocks(["Like this:", "", "    room.pump()", "", "And so on."])
    ['Like this:', '', '.. code-block:: python', '', '    room.pump()', '', 'And so on.']
    """
    found: list[str] = []
    inside = False
    for at, line in enumerate(lines):
        indented = line.startswith("    ")
        starts = indented and not inside and at > 0 and not lines[at - 1].strip()
        before = next((one for one in reversed(found) if one.strip()), "")
        if starts and not before.rstrip().endswith("::") and not before.startswith((":", "..")):
            block = "\n".join(one for one in lines[at:] if one.strip())
            found += [f".. code-block:: {'text' if '├' in block or '  ' in block.strip() else 'python'}", ""]
        if line.strip():
            inside = indented
        found.append(line)
    return found


def _read(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    lines[:] = literal_blocks(lines)


def _signature(
    app: Sphinx, what: str, name: str, obj: object, options: object, signature: str | None, returns: str | None
) -> tuple[str, str | None] | None:
    """Who reads about a class that programs never make need not know how it is made."""
    return ("", None) if what == "class" and name in WITHOUT_SIGNATURE else None


def _unknown(app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.Element) -> nodes.Element | None:
    """A reference to something of Python's, to a name of a module that hands it on, or to none.

    A name in backticks that the site does not document stays code, as do the types in signatures.
    """
    if node.get("refdomain") != "py":
        return None
    name = node["reftarget"].rpartition(".")[2]
    domain = env.get_domain("py")
    for public in (f"roomcast.{name}", f"roomcast.testing.{name}", f"roomcast.Room.{name}", f"roomcast.Limits.{name}"):
        if public in domain.objects and (public.count(".") == 1 or node["reftype"] == "obj"):
            node = node.copy()
            node["reftype"], node["reftarget"] = "obj", public
            return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", public, node, content)
    return content if node["reftype"] in ("obj", "class") else None


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("autodoc-process-docstring", _read)
    app.connect("autodoc-process-signature", _signature)
    app.connect("missing-reference", _unknown)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
