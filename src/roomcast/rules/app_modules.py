"""A maker's file and the modules beside it, as they change while the server runs."""

from __future__ import annotations

import importlib.util
import linecache
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

from roomcast.rules.app_file import is_beside, load_classes
from roomcast.rules.room_class import Room

Look = dict[Path, tuple[int, int]]


class AppModules:
    """The file, and what it imports from its folder. It has been loaded already."""

    def __init__(self, file: Path) -> None:
        self._file: Final = file
        self._folder: Final = file.resolve().parent
        self._loads = True
        self._seen = self._looked = self._look()

    def have_changed(self) -> bool:
        """Whether a file is another one than was loaded last, and has not changed since the last look.

        An editor may write a file in several steps.
        """
        before, self._looked = self._looked, self._look()
        return self._looked != self._seen and self._looked == before

    def load(self) -> dict[str, type[Room]]:
        """Load all of them anew: the classes, by kind. Raises `CannotServe`; then the modules are those of before."""
        stamps = self._looked  # from before it is loaded: what is written meanwhile is a change
        before = self._modules()
        for name in before:
            del sys.modules[name]
        importlib.invalidate_caches()
        linecache.checkcache()
        for path in stamps:
            _forget_bytecode_of(path)
        self._loads = False
        try:
            classes = load_classes(self._file)
            self._loads = True
            return classes
        except BaseException:
            for name in self._modules():
                del sys.modules[name]
            sys.modules.update(before)
            raise
        finally:
            self._seen = self._looked = {path: stamps.get(path, stamp) for path, stamp in self._look().items()}

    def _modules(self) -> dict[str, ModuleType]:
        """Those of the maker, by name: their files are in the folder, and not in an environment there."""
        found = {}
        for name, module in list(sys.modules.items()):
            path = getattr(module, "__file__", None)
            if path and is_beside(Path(path), self._folder):
                found[name] = module
        return found

    def _look(self) -> Look:
        """When each file was written, and its size. One that is not there is left out.

        While they do not load, those beside the file count that may be what it stumbles over, or misses.
        """
        paths = {self._file, *(Path(str(module.__file__)) for module in self._modules().values())}
        if not self._loads:
            paths.update(path for pattern in ("*.py", "*/*.py") for path in self._folder.glob(pattern))
        look: Look = {}
        for path in paths:
            try:
                found = path.stat()
            except OSError:
                continue
            look[path] = found.st_mtime_ns, found.st_size
        return look


def _forget_bytecode_of(path: Path) -> None:
    """Python knows a changed file by its second and its size, and both may be those of before."""
    try:
        Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)
    except (OSError, NotImplementedError):
        return  # where none may be removed, none is written either
