"""The directive `command-help`: what `roomcast NAME --help` prints, so that the reference cannot be out of date."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

SOURCES: Final = Path(__file__).resolve().parent.parent.parent / "src"


class CommandHelp(SphinxDirective):
    """The help of a command, as in a terminal 100 columns wide."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(__file__)
        words = ["roomcast", *self.arguments, "--help"]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("ROOMCAST_")}
        text = subprocess.run(
            [sys.executable, "-m", *words],
            check=True,
            capture_output=True,
            cwd=SOURCES,  # first on the path: where pip builds, it hides a clone that is installed as editable
            encoding="utf-8",
            env=environment | {"NO_COLOR": "1", "COLUMNS": "100", "PYTHONIOENCODING": "utf-8"},
        ).stdout
        block = nodes.literal_block(text, text, language="text")
        self.set_source_info(block)
        return [block]


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("command-help", CommandHelp)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
