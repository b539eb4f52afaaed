"""The tutorial's chapters. Their titles are the headings of their pages, docs/learn/N-name.md, and nowhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from roomcast.shipped_files import shipped

FOLDER: Final = "docs/learn"
_HEADING: Final = re.compile(r"^# +(?:(?:Chapter )?\d+[.:] *)?(.+?) *$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Chapter:
    """One page of the tutorial."""

    number: int
    title: str
    page: Path  # in Markdown

    @property
    def path(self) -> str:
        """The path of the page on a server."""
        return f"/learn/learn/{self.page.stem}.html"


def chapters() -> list[Chapter]:
    """All chapters, in their order. Raises FileNotFoundError where the pages did not come with this copy."""
    found = []
    for page in shipped(FOLDER).glob("[0-9]*-*.md"):
        heading = _HEADING.search(page.read_text(encoding="utf-8"))
        number, _, name = page.stem.partition("-")
        found.append(Chapter(int(number), heading[1] if heading else name.replace("-", " ").capitalize(), page))
    return sorted(found, key=lambda chapter: chapter.number)
