"""A maker's file and the modules beside it, as they change while the server runs."""

from __future__ import annotations

import importlib.util
import linecache
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

from roomcast.rules.app_file import load_classes
from roomcast.rules.room_class import Room

Look = dict[Path, tuple[int, int]]


class AppModules:
    """The file, and what it imports from its folder. It has been loaded already."""

    def __init__(self, file: Path) -> None:
        self._file: Final = file
        self._folder: Final = file.resolve().parent
        self._seen = self._looked = self._look()

    def have_changed(self) -> bool:
        """Whether a file is another one than was loaded last, and has not changed since the last look.

        An editor may write a file in several steps.
        """
        before, self._looked = self._looked, self._look()
        return self._looked != self._seen and self._looked == before

    def load(self) -> dict[str, type[Room]]:
        """Load all of them anew: the classes, by kind. Raises `CannotServe`; then the modules are those of before."""
        self._seen = self._looked
        before = self._modules()
        for name, module in before.items():
            _forget_bytecode(module)
            del sys.modules[name]
        importlib.invalidate_caches()
        linecache.checkcache()
        _forget_bytecode_of(self._file)
        try:
            return load_classes(self._file)
        except BaseException:
            for name in self._modules():
                del sys.modules[name]
            sys.modules.update(before)
            raise

    def _modules(self) -> dict[str, ModuleType]:
        """Those of the maker, by name: their files are in the folder, and not in an environment there."""
        found = {}
        for name, module in list(sys.modules.items()):
            path = getattr(module, "__file__", None)
            if path and self._is_ours(Path(path)):
                found[name] = module
        return found

    def _is_ours(self, path: Path) -> bool:
        try:
            parts = path.resolve().relative_to(self._folder).parts
        except (ValueError, OSError):
            return False
        return "site-packages" not in parts

    def _look(self) -> Look:
        """When each file was written, and its size. One that is not there is left out."""
        paths = {self._file, *(Path(str(module.__file__)) for module in self._modules().values())}
        look: Look = {}
        for path in paths:
            try:
                found = path.stat()
            except OSError:
                continue
            look[path] = found.st_mtime_ns, found.st_size
        return look


def _forget_bytecode(module: ModuleType) -> None:
    if module.__file__ is not None:
        _forget_bytecode_of(Path(module.__file__))


def _forget_bytecode_of(path: Path) -> None:
    """Python knows a changed file by its second and its size, and both may be those of before."""
    try:
        Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)
    except (OSError, NotImplementedError):
        return  # where none may be removed, none is written either
