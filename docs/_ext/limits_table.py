"""The directive `limits-table`: every limit of a server, from the one place that has them."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from roomcast.core.protocol.limits import Limits, flag


class LimitsTable(SphinxDirective):
    """A table with a row for each: its name in Python, its flag, its default with the unit, and what it bounds."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(__file__)
        lines = ["| in `Limits` | flag | default | of what, and why |", "| --- | --- | --- | --- |"]
        for field in fields(Limits):
            default = f"{field.default:,}" if isinstance(field.default, int) else f"{field.default:g}"
            unit, why = (
                field.metadata[key].replace("|", "\\|").replace("[[],[],…]", "`[[],[],…]`") for key in ("unit", "why")
            )
            lines.append(f"| `{field.name}` | `--{flag(field.name)}` | {default} {unit} | {why} |")
        return self.parse_text_to_nodes("\n".join(lines))


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("limits-table", LimitsTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
