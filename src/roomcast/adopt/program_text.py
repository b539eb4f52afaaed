"""The text of a program, its positions, and edits of it: what is not edited stays as it is, byte for byte."""

from __future__ import annotations

import ast
import io
import tokenize
from bisect import bisect_right
from dataclasses import dataclass, field


class ProgramText:
    """A source text, with `\\n` as its only line end, and the places of its syntax nodes as offsets."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0]  # where each line begins
        for line in text.split("\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)

    def offset(self, line: int, column: int) -> int:
        """The offset of a place as `ast` gives it: line from 1, column in bytes of UTF-8."""
        start = self._starts[line - 1]
        whole = self.text[start : self._starts[line]]
        return start + (column if whole.isascii() else len(whole.encode()[:column].decode()))

    def line_of(self, offset: int) -> int:
        """The number of the line, from 1, in which an offset is."""
        return bisect_right(self._starts, offset)

    def start(self, node: ast.AST) -> int:
        """Where a node begins; decorators belong to their function."""
        decorators = getattr(node, "decorator_list", [])
        first = min([node, *decorators], key=lambda one: one.lineno)
        start = self.offset(first.lineno, first.col_offset)
        return self.text.rindex("@", 0, start) if first is not node else start

    def end(self, node: ast.AST) -> int:
        return self.offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def source(self, node: ast.AST) -> str:
        return self.text[self.start(node) : self.end(node)]

    def line_start(self, offset: int) -> int:
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Just after the line's end."""
        found = self.text.find("\n", offset)
        return len(self.text) if found < 0 else found + 1

    def indent(self, node: ast.AST) -> str:
        start = self.start(node)
        before = self.text[self.line_start(start) : start]
        return before if not before.strip() else before[: len(before) - len(before.lstrip())]

    def stands_alone(self, first: ast.stmt, last: ast.stmt | None = None) -> bool:
        """Whether no other code is in the lines of these statements (`a = 1; b = 2`, `if x: y`)."""
        start, end = self.start(first), self.end(last or first)
        before = self.text[self.line_start(start) : start].strip()
        after = self.text[end : self.line_end(end)].strip()
        return not before and (not after or after.startswith("#"))

    def lines(self, first: ast.stmt, last: ast.stmt | None = None) -> tuple[int, int]:
        """The offsets of the whole lines of statements that stand alone."""
        return self.line_start(self.start(first)), self.line_end(self.end(last or first))

    def comments_above(self, start: int) -> int:
        """Where the lines of comments begin that stand right above the line that begins at `start`, equally deep."""
        indent = len(self.text[start:]) - len(self.text[start:].lstrip(" \t"))
        while start > 0:
            above = self.line_start(start - 1)
            line = self.text[above : start - 1]
            if not line.strip().startswith("#") or len(line) - len(line.lstrip()) != indent or line.startswith("#!"):
                break
            start = above
        return start


@dataclass(frozen=True, order=True, slots=True)
class Edit:
    start: int
    end: int
    text: str


@dataclass
class Edits:
    """Replacements of ranges. Of one inside another, the outer counts, unless only the inner range is asked for."""

    source: ProgramText
    all: list[Edit] = field(default_factory=list)

    def replace(self, start: int, end: int, text: str) -> None:
        self.all.append(Edit(start, end, text))

    def replace_node(self, node: ast.AST, text: str) -> None:
        self.replace(self.source.start(node), self.source.end(node), text)

    def insert(self, at: int, text: str) -> None:
        self.replace(at, at, text)

    def remove_lines(self, first: ast.stmt, last: ast.stmt | None = None) -> None:
        """Remove statements with their lines and the comments above; `pass` where nothing else is in the block."""
        start, end = self.source.lines(first, last)
        start = self.source.comments_above(start)
        text = self.source.text
        if text[:start].endswith("\n\n") and text[end : end + 1] == "\n":
            end += 1
        self.replace(start, end, "")

    def rendered(self, start: int = 0, end: int | None = None) -> str:
        """The text of a range, with the edits inside it applied."""
        end = len(self.source.text) if end is None else end
        inside = {one for one in self.all if start <= one.start and one.end <= end}
        outer: list[Edit] = []
        for edit in sorted(inside, key=lambda one: (one.start, one.start != one.end, -one.end)):
            if not (outer and outer[-1].start <= edit.start < outer[-1].end):
                outer.append(edit)
        pieces: list[str] = []
        at = start
        for edit in outer:
            pieces += [self.source.text[at : edit.start], edit.text]
            at = max(at, edit.end)
        return "".join([*pieces, self.source.text[at:end]])


def reindented(block: str, indent: str) -> str:
    """A block of whole lines, moved so that its first code line has this indent. Lines inside a text stay."""
    lines = block.splitlines(keepends=True)
    code = [line for line in lines if line.strip() and not line.lstrip().startswith("#")] or lines
    old = code[0][: len(code[0]) - len(code[0].lstrip())] if code else ""
    fixed = _inside_texts(block)
    moved = []
    for number, line in enumerate(lines, 1):
        if number in fixed or not line.strip():
            moved.append(line)
        elif line.startswith(old):
            moved.append(indent + line[len(old) :])
        else:
            moved.append(indent + line.lstrip())
    return "".join(moved)


def _inside_texts(block: str) -> set[int]:
    """The lines, from 1, that begin inside a text of several lines."""
    inside: set[int] = set()
    lines = block.splitlines(keepends=True)
    depth = next((line[: len(line) - len(line.lstrip())] for line in lines if line.strip()), "")
    wrapped = f"if 1:\n{block}" if depth else f"\n{block}"
    try:
        for token in tokenize.generate_tokens(io.StringIO(wrapped).readline):
            if token.end[0] > token.start[0] and token.type != tokenize.NEWLINE:
                inside.update(range(token.start[0], token.end[0]))  # of the block: one less
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return inside
    return inside
