"""Puts the docs site into the package where it is built: what servers show at /learn/.

The site that a wheel holds is that of the sources in it. Where `make docs` has not built it, Sphinx does so now, in the
environment that pip makes for building. ROOMCAST_DOCS=no leaves the site as it is, or out.
"""

from __future__ import annotations

import os
import runpy
import sys
import tomllib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TOP = Path(__file__).resolve().parent


class DocsHook(BuildHookInterface):  # type: ignore[type-arg]  # of any configuration
    """Hatchling asks it first what it needs, then, in another process that has that, to do it."""

    def dependencies(self) -> list[str]:
        """Sphinx and, for it reads the docstrings, what the package itself needs."""
        if not _is_due():
            return []
        project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        return [*project["dependencies"], *project["optional-dependencies"]["docs"]]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if _is_due() and _script()["build"](strict=False) != 0:
            sys.exit("The docs could not be built; Sphinx says why above. ROOMCAST_DOCS=no does without them.")


def _is_due() -> bool:
    return os.environ.get("ROOMCAST_DOCS", "") != "no" and not _script()["is_current"]()


def _script() -> dict[str, Any]:
    return runpy.run_path(str(TOP / "scripts" / "docs.py"))
