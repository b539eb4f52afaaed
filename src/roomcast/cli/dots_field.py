"""The field with everyone's dots, drawn in the cells of a terminal.

A dot takes one cell. Its trail is finer: a braille character divides a cell into two by four points.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style

from roomcast.cli.colours import colour_of
from roomcast.cli.dots import SIZE, Dots

_BRAILLE: Final = 0x2800  # the character without points; below, the bit of each point, by row and column
_POINTS: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_MAX_NAME: Final = 12  # characters beside a dot

Cell = tuple[str, Style]
_EMPTY: Final[Cell] = (" ", Style())


class DotsField:
    """A rich renderable that draws dots and trails into the space it is given."""

    def __init__(self, dots: Dots) -> None:
        self._dots = dots

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, height = options.max_width, options.height or options.max_height
        rows = [[_EMPTY] * width for _ in range(height)]
        for player, trail in self._dots.trails.items():
            _draw_trail(rows, width, height, trail, colour_of(player))
        for player, place in reversed(self._dots.places.items()):  # those who joined first are drawn last, on top
            _draw_dot(rows, width, height, place, player)
        for row in rows:
            for text, style in row:
                if text:
                    yield Segment(text, style)
            yield Segment.line()


def _draw_trail(rows: list[list[Cell]], width: int, height: int, trail: Iterable[tuple[int, int]], colour: str) -> None:
    fine = list(_joined([(x * width * 2 // SIZE, y * height * 4 // SIZE) for x, y in trail], width, height))
    points: dict[tuple[int, int], int] = {}
    for number, (column, row) in enumerate(fine):
        cell = row // 4, column // 2
        points[cell] = points.get(cell, 0) | _POINTS[row % 4][column % 2]
        old = number < len(fine) // 2
        rows[cell[0]][cell[1]] = (chr(_BRAILLE + points[cell]), Style(color=colour, dim=old))


def _joined(points: list[tuple[int, int]], width: int, height: int) -> Iterator[tuple[int, int]]:
    """The points and those between them, except where a dot left on one side and came back on the other."""
    yield from points[:1]
    for (column, row), (to_column, to_row) in pairwise(points):
        across, down = to_column - column, to_row - row
        count = max(abs(across), abs(down)) if abs(across) <= width and abs(down) <= 2 * height else 1
        for number in range(1, count + 1):
            yield column + across * number // count, row + down * number // count


def _draw_dot(rows: list[list[Cell]], width: int, height: int, place: tuple[int, int], player: str) -> None:
    column, row = place[0] * width // SIZE, place[1] * height // SIZE
    colour = colour_of(player)
    name = player if len(player) <= _MAX_NAME else player[: _MAX_NAME - 1] + "…"
    wide = cell_len(name)
    left = column + 2 if column + 2 + wide <= width else column - 1 - wide
    if left >= 0:
        _write(rows[row], left, name, Style(color=colour))
        if column + 1 < width:
            rows[row][column + 1] = _EMPTY  # so that no trail is read as part of the name
    rows[row][column] = ("●", Style(color=colour, bold=True))


def _write(row: list[Cell], column: int, text: str, style: Style) -> None:
    for character in text:
        wide = cell_len(character)
        if wide == 0:  # a combining character belongs to the one before
            row[column - 1] = (row[column - 1][0] + character, style)
            continue
        row[column] = (character, style)
        if wide == 2:
            row[column + 1] = ("", style)
        column += wide
