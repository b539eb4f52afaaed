"""The Markdown pages of the docs, and the code blocks in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.programs import TOP

PAGES = [
    TOP / "README.md",
    TOP / "CONTRIBUTING.md",
    TOP / "SECURITY.md",
    TOP / "CHANGELOG.md",
    *sorted(TOP.glob("docs/**/*.md")),
]
_FENCE = re.compile(
    r"^(?P<indent> *)(?P<fence>`{3,}|:{3,})(?P<info>[^\n`]*)\n(?P<text>.*?)^ *(?P=fence) *$",
    re.MULTILINE | re.DOTALL,
)
_DIRECTIVE = re.compile(r"\{code-block\} *(\S*)")


@dataclass(frozen=True)
class Block:
    """A fenced block. `language`: "" for none; directives other than code-block are left out."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(TOP)}:{self.line}"


def blocks_of(page: Path) -> list[Block]:
    """All blocks of a page, those within others (tabs, admonitions) too."""
    return list(_blocks(page, page.read_text(encoding="utf-8"), 1))


def _blocks(page: Path, text: str, line: int) -> list[Block]:
    found = []
    for match in _FENCE.finditer(text):
        at = line + text.count("\n", 0, match.start())
        info, inner = match["info"].strip(), match["text"]
        code = _DIRECTIVE.fullmatch(info)
        if info.startswith("{") and code is None:
            found += _blocks(page, inner, at + 1)
            continue
        if code is not None:
            inner = re.sub(r"\A(?:[ ]*:[\w-]+:.*\n)+\n?", "", inner)  # the directive's options
        language = code[1] if code is not None else info.partition(" ")[0]
        found.append(Block(page, at, language, _dedented(inner, len(match["indent"]))))
    return found


def _dedented(text: str, indent: int) -> str:
    return "".join(line[indent:] if not line[:indent].strip() else line for line in text.splitlines(keepends=True))


def name_of(page: Path) -> str:
    return str(page.relative_to(TOP))
