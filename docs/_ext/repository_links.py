"""Links that lead out of docs/ into the repository, which has more than the site.

A document that the site includes is linked to where it is included. A file can be downloaded; a program, as text: the
site lies within a package. Of a folder the site shows the path. So the same Markdown is right on a Git host and here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

INCLUDED: Final = {
    "README.md": "about",
    "SECURITY.md": "security",
    "CHANGELOG.md": "changes",
    "CONTRIBUTING.md": "contributing",
}
_DOWNLOAD: Final = re.compile(r'download="" href="(?P<folder>[^"]*_downloads/[^"]*/)(?P<name>[^"/]+)"')
_AS_TEXT: Final = (".py", ".html")


def _resolve(app: Sphinx, document: nodes.document) -> None:
    docs = Path(app.srcdir).resolve()
    here = docs / f"{app.env.docname}.md"
    if app.env.docname in INCLUDED.values():
        here = docs.parent / "included.md"  # its links start at the top of the repository
    for link in [*document.findall(addnodes.download_reference), *document.findall(addnodes.pending_xref)]:
        path, _, anchor = link["reftarget"].partition("#")
        if link.get("refdomain") == "doc" and path.startswith("/"):  # what is no page of the site
            path, anchor = f"{path}.md", link["reftargetid"] or ""
        elif link.get("reftype") != "myst" or link.get("refdomain") == "doc" or not path:
            continue
        found = (here.parent / path).resolve()
        if not found.exists() or not found.is_relative_to(docs.parent):
            continue  # a name such as #roomcast.Room; or nothing, and then the resolver warns
        if found.is_dir():
            link.replace_self(_folder(docs, found, link))
        elif (inside := _document(docs, found)) is not None:
            link.replace_self(_reference(link, inside, anchor))
        elif isinstance(link, addnodes.pending_xref):
            link.replace_self(_download(link, found, docs, app.env.docname))


def _document(docs: Path, file: Path) -> str | None:
    """The page of the site that a file is."""
    if file.parent == docs.parent:
        return INCLUDED.get(file.name)
    return str(file.relative_to(docs).with_suffix("")) if file.is_relative_to(docs) and file.suffix == ".md" else None


def _reference(link: nodes.Element, page: str, anchor: str) -> nodes.Element:
    kept = {name: link[name] for name in ("refdoc", "refexplicit")}
    return addnodes.pending_xref(
        "", *link.children, refdomain="doc", reftype="myst", reftarget=page, reftargetid=anchor or None, **kept
    )


def _download(link: nodes.Element, file: Path, docs: Path, docname: str) -> nodes.Element:
    target = f"/../{file.relative_to(docs.parent).as_posix()}"  # from the top of docs/
    return addnodes.download_reference("", "", *link.children, reftarget=target, refdoc=docname, reftype="myst")


def _folder(docs: Path, folder: Path, link: nodes.Element) -> nodes.Element:
    """The words of the link and, where they do not say it, the folder that they mean."""
    path = f"{folder.relative_to(docs.parent)}/"
    words = nodes.inline("", "", *[child.deepcopy() for child in link.children])
    if path.strip("/") not in link.astext():
        words += [nodes.Text(" ("), nodes.literal(path, path), nodes.Text(")")]
    return words


def _programs_as_text(app: Sphinx, failure: Exception | None) -> None:
    """What ends in .py would be compiled and checked as a part of the package, what ends in .html shown as a page.

    Browsers save it by its own name nevertheless, which the link gives.
    """
    if failure is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for program in [file for ending in _AS_TEXT for file in (out / "_downloads").rglob(f"*{ending}")]:
        program.replace(program.with_name(f"{program.name}.txt"))
    for page in out.rglob("*.html"):
        before = page.read_text(encoding="utf-8")
        after = _DOWNLOAD.sub(_named, before)
        if after != before:
            page.write_text(after, encoding="utf-8")


def _named(link: re.Match[str]) -> str:
    name = served = link["name"]
    if name.endswith(_AS_TEXT):
        served = f"{name}.txt"
    elif name.endswith(tuple(f"{ending}.txt" for ending in _AS_TEXT)):  # of a page that was not written this time
        name = name.removesuffix(".txt")
    return f'download="{unquote(name)}" href="{link["folder"]}{served}"'


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("doctree-read", _resolve)
    app.connect("build-finished", _programs_as_text)
    # A page keeps what was made of its links: raise the version with a change to what that is, and all are read again.
    return {"env_version": 2, "parallel_read_safe": True, "parallel_write_safe": True}
