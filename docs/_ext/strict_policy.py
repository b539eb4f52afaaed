"""Moves styles and scripts that stand inside the pages into files, so that the server need not allow any.

The server's policy for its pages allows scripts and styles from files alone (`roomcast.server.pages`). The theme and
docutils write some into the pages; here they become files named by what is in them.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any, Final

from sphinx.application import Sphinx

STYLES: Final = "_static/from-pages.css"  # one class for each style that a tag had
_TAG: Final = re.compile(r"<[a-zA-Z][^<>]*?\sstyle=\"[^\"]*\"[^<>]*>")
_STYLE: Final = re.compile(r"\sstyle=\"([^\"]*)\"")
_CLASS: Final = re.compile(r"\sclass=\"([^\"]*)\"")
_BLOCK: Final = re.compile(r"<(script|style)(?![^>]*\s(?:src|type)=)[^>]*>(.*?)</\1>", re.DOTALL)


def _name(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def tidied(page: str, root: str, rules: dict[str, str], files: dict[str, str]) -> str:
    """The page with links to files instead. Adds to `rules` (by class) and `files` (by path)."""

    def with_class(tag: re.Match[str]) -> str:
        text = tag[0]
        style = re.sub(r"\s+", " ", _STYLE.search(text)[1]).strip().rstrip(";")  # type: ignore[index]  # tags that have one
        name = f"s-{_name(style)}"
        rules[name] = style.replace("&quot;", '"')
        text = _STYLE.sub("", text, count=1)
        if _CLASS.search(text):
            return _CLASS.sub(rf' class="\1 {name}"', text, count=1)
        return re.sub(r"^<([\w-]+)", rf'<\1 class="{name}"', text)

    def with_file(block: re.Match[str]) -> str:
        kind, text = block[1], block[2].strip()
        path = f"_static/from-pages-{_name(text)}.{'js' if kind == 'script' else 'css'}"
        files[path] = text + "\n"
        if kind == "script":
            return f'<script src="{root}{path}"></script>'
        return f'<link rel="stylesheet" href="{root}{path}">'

    page = _BLOCK.sub(with_file, page)
    page = _TAG.sub(with_class, page)
    link = f'<link rel="stylesheet" href="{root}{STYLES}">'
    return page if link in page else page.replace("</head>", f"{link}\n  </head>", 1)


def _tidy(app: Sphinx, failure: Exception | None) -> None:
    if failure is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    styles = out / STYLES
    known = styles.read_text(encoding="utf-8") if styles.exists() else ""
    rules = dict(re.findall(r"^\.(\S+) \{ (.*) \}$", known, re.MULTILINE))  # of pages that were not written this time
    files: dict[str, str] = {}
    for page in sorted(out.rglob("*.html")):
        before = page.read_text(encoding="utf-8")
        after = tidied(before, "../" * (len(page.relative_to(out).parts) - 1), rules, files)
        if after != before:
            page.write_text(after, encoding="utf-8")
    for path, text in files.items():
        (out / path).write_text(text, encoding="utf-8")
    styles.write_text("".join(f".{name} {{ {rules[name]} }}\n" for name in sorted(rules)), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("build-finished", _tidy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
