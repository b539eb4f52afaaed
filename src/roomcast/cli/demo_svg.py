"""A frame of the live view as an SVG file, for a page that wants to show it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

import click
from rich.console import Console, RenderableType

SIZE: Final = (100, 30)  # columns and lines, where there is no terminal whose size counts

# As rich's own template, but without a font from another site: a picture should load nothing.
_FORMAT: Final = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font: {char_height}px Menlo, "DejaVu Sans Mono", Consolas, monospace;
  line-height: {line_height}px;
  font-variant-east-asian: full-width;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def save(picture: RenderableType, path: Path, size: tuple[int, int] = SIZE) -> None:
    """Render `picture` at `size` (columns, lines) and write the file. Raises `click.FileError`."""
    width, height = size
    console = Console(
        file=io.StringIO(), record=True, width=width, height=height, force_terminal=True, color_system="truecolor"
    )
    console.print(picture)
    svg = console.export_svg(title="", code_format=_FORMAT, unique_id="board")
    try:
        path.write_text(svg, encoding="utf-8")
    except OSError as error:
        raise click.FileError(str(path), error.strerror) from None
