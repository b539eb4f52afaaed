"""Makes a project: a new folder, with the files of its kind and the project's name in them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from roomcast.scaffold.project_kinds import COMMON, KINDS
from roomcast.scaffold.project_name import ProjectRefused, check_project_name
from roomcast.shipped_files import shipped

FOLDER: Final = "examples/new"
_PLACEHOLDER: Final = "my-game"  # the name that the files have in examples/new, where they run and are tested, too


def new_project(name: str, kind: str, parent: Path) -> Path:
    """Make the folder `name` in `parent`, for a project of this kind (one of `KINDS`); the folder.

    Raises `ProjectRefused` for a bad name, and where something of that name is there already, which is never touched;
    OSError where nothing can be written there. What was begun then is removed again.
    """
    check_project_name(name)
    folder = parent / name
    sources = project_files(kind)
    try:
        folder.mkdir()
    except FileExistsError:
        what = "a folder" if folder.is_dir() else "a file"
        raise ProjectRefused(
            f"There is already {what} named {name} here, and it stays as it is. Take another name, or go elsewhere",
        ) from None
    try:
        for file, source in sources.items():
            text = source.read_text(encoding="utf-8").replace(_PLACEHOLDER, name)
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_text(text, encoding="utf-8", newline="\n")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def project_files(kind: str) -> dict[str, Path]:
    """The files of a project of this kind, and where their text comes from."""
    chosen, top = KINDS[kind], shipped(FOLDER)
    own = {file: top / kind / file for file in (*chosen.files, *COMMON)}
    return own | {file: top / "common" / file for file in chosen.shared}
