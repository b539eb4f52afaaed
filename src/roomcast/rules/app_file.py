"""A maker's file: the classes of rules in it, and which rooms are of which kind."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Final

from roomcast.core.protocol.names import clean_room_name
from roomcast.core.room.meeting import Meeting
from roomcast.core.server.room_kinds import RoomKind
from roomcast.errors import BadArgument, CannotServe, Refused
from roomcast.rules.auth_run import AuthRun
from roomcast.rules.maker_reports import MakerReports
from roomcast.rules.room_behaviour import RoomBehaviour
from roomcast.rules.room_class import Room

_MODULE: Final = "roomcast_rules"  # of this name is the file's module
MAKERS_NAMES: Final = frozenset(
    {
        "Matchmaking",
        "Owner",
        "Past",
        "Player",
        "Players",
        "Reject",
        "Room",
        "State",
        "Timer",
        "TurnRoom",
        "WaitingRoom",
        "WorkLost",
    }
)
"""What `roomcast.server` has for makers: a file that lacks one is told where it is."""


class RuledKinds:
    """Rooms with rules, by kind: the room `dots`, and every `dots-…`. `only`: there are no other rooms."""

    def __init__(self, classes: Mapping[str, type[Room]], reports: MakerReports, *, only: bool = False) -> None:
        self._reports = reports
        self._only = only
        self.take(classes)

    def take(self, classes: Mapping[str, type[Room]]) -> None:
        """Have these classes from now on, by kind. Rooms that are open keep theirs."""
        self.classes = classes
        self._other = _no_other(list(classes)) if self._only else None
        self._reports.begin_anew()
        self._kinds = {kind: _kind_of(kind, cls, self._reports) for kind, cls in classes.items()}

    @property
    def names(self) -> Collection[str]:
        return self.classes

    def __call__(self, room: str, /) -> RoomKind | None:
        """The kind of the room of a name; None: it is a relay."""
        kind = self._kinds.get(room)
        if kind is None and "-" in room:
            found = max((name for name in self._kinds if room.startswith(f"{name}-")), key=len, default="")
            kind = self._kinds.get(found)
        return self._other if kind is None else kind


def _kind_of(kind: str, cls: type[Room], reports: MakerReports) -> RoomKind:
    def make(name: str, secret: str, made: Meeting) -> RoomBehaviour:
        return RoomBehaviour(cls, name, secret, reports, made)

    hook = cls._auth_hook
    auth = None if hook is None else partial(AuthRun, f"{cls.__name__}.on_auth", hook, reports)
    return RoomKind(kind, make, cls.max_players, cls.spectators, auth)


def _no_other(kinds: list[str]) -> RoomKind:
    """The kind of all other rooms, of which none is made."""
    there = " and ".join(f"{kind} and {kind}-…" for kind in kinds)

    def refuse(name: str, secret: str, made: Meeting) -> RoomBehaviour:
        raise Refused("bad-name", f"this server has the rooms {there} alone, and none called {name!r}")

    return RoomKind("", refuse)


def kind_name(cls: type[Room]) -> str:
    """Of which name the rooms of a class are. Raises `BadArgument`."""
    return clean_room_name(cls.kind or cls.__name__.lower())


def load_classes(file: Path) -> dict[str, type[Room]]:
    """The classes of rules that a file defines, by kind. Raises `CannotServe`."""
    module = _load(file)
    found: dict[str, type[Room]] = {}
    for value in vars(module).values():
        if not (isinstance(value, type) and issubclass(value, Room)) or value.__module__ != module.__name__:
            continue
        try:
            kind = kind_name(value)
        except BadArgument as error:
            raise CannotServe(f"{file}: {value.__name__}.kind: {error.message}", topic="rules") from None
        if kind in found and found[kind] is not value:
            both = f"{found[kind].__name__} and {value.__name__}"
            raise CannotServe(f"{file}: {both} are of the kind {kind!r}: write another kind = … in one", topic="rules")
        found[kind] = value
    if not found:
        how = "write from roomcast.server import Room, and class Game(Room): …"
        raise CannotServe(f"{file}: there is no class with rules: {how}", topic="rules")
    return found


def _load(file: Path) -> ModuleType:
    if not file.is_file():
        raise CannotServe(f"{file}: there is no such file with rules", topic="rules")
    spec = importlib.util.spec_from_file_location(_MODULE, file)
    if spec is None or spec.loader is None:
        raise CannotServe(f"{file}: rules are in a file of Python, which ends in .py", topic="rules")
    module = importlib.util.module_from_spec(spec)
    folder = str(file.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)  # as for `python file.py`: what stands beside it can be imported
    sys.modules[_MODULE] = module  # pickling and type hints look classes up there
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise CannotServe(f"{file} does not load: {_in_words(error, file)}", topic="rules") from error
    return module


def _in_words(error: Exception | SystemExit, file: Path) -> str:
    file = file.absolute()  # as the import system has it, however it was named
    if isinstance(error, SyntaxError):
        return f"{_place(error.filename, error.lineno, file)}{error.msg}" if error.lineno else error.msg
    where, trace, folder = "", error.__traceback__, file.resolve().parent
    while trace is not None:
        path = trace.tb_frame.f_code.co_filename
        if is_beside(Path(path), folder):
            where = _place(path, trace.tb_lineno, file)
        trace = trace.tb_next
    if isinstance(error, SystemExit):
        return f'{where}it ends the program: write what is not for a server below if __name__ == "__main__"'
    missing = error.name if isinstance(error, NameError) else ""
    hint = f": write from roomcast.server import {missing}" if missing in MAKERS_NAMES else ""
    return f"{where}{type(error).__name__}: {error}{hint}"


def _place(path: str | None, line: int, file: Path) -> str:
    """Where a mistake is: a line of the file, or of one that it imports, which is named."""
    return f"line {line}: " if path is None or Path(path) == file else f"{Path(path).name}, line {line}: "


def is_beside(path: Path, folder: Path) -> bool:
    """Whether a file is of the maker's: it is in the folder, and not in an environment there."""
    try:
        parts = path.resolve().relative_to(folder).parts
    except (ValueError, OSError):
        return False
    return "site-packages" not in parts
