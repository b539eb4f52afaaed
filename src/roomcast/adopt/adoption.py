"""Turns a client on the starter pattern into the same program on Roomcast."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass

from roomcast.adopt.connection_edits import connect, rename, rest_of_socket
from roomcast.adopt.conversion import Conversion, Remark
from roomcast.adopt.handler_plan import CannotTell
from roomcast.adopt.kept_dispatch import keep_dispatch
from roomcast.adopt.leftovers import tidy
from roomcast.adopt.message_flow import Flow
from roomcast.adopt.network_roles import find_roles, receivers
from roomcast.adopt.program_names import Function, Program
from roomcast.adopt.program_text import Edits
from roomcast.adopt.receiving_edits import receiving
from roomcast.adopt.recognition import CannotAdopt, parsed
from roomcast.adopt.sending_edits import sending


@dataclass(frozen=True, slots=True)
class Adoption:
    """The new program. What was done, and what could not be told, by lines of the old one."""

    source: str
    changes: list[Remark]
    doubts: list[Remark]


def adopt(source: str, name: str = "the program", room: str = "dots") -> Adoption:
    """The same program on Roomcast. `name`: the file, for messages. `room`: the room that it joins.

    `source` has `\\n` as its only line end. Raises `CannotAdopt` for what is no client on the starter pattern.
    """
    try:
        return _adopted(source, name, room)
    except (RecursionError, UnicodeEncodeError):  # the latter: half of a letter, "\ud800"
        raise CannotAdopt(f"{name} is nested or written in a way that adopt cannot follow: is it a program?") from None


def _adopted(source: str, name: str, room: str) -> Adoption:
    program = parsed(name, source)
    try:
        made = _converted(program, room, keep="")
    except CannotTell as why:
        try:
            made = _converted(program, room, keep=str(why))
        except CannotTell as doubt:
            made = _without_receiving(program, room, str(doubt))
    text = made.edits.rendered()
    try:
        text, gone = tidy(text, source, made.unneeded)
        with warnings.catch_warnings(action="ignore"):
            compile(text, name, "exec", dont_inherit=True)  # more than ast.parse: `global` after a use, too
    except SyntaxError as error:
        raise CannotAdopt(
            f"{name} is written in a way that adopt does not master (it would become wrong at: {_line(text, error)})"
        ) from None
    if gone:
        made.changes.append(Remark(1, f"not needed any more: {', '.join(sorted(set(gone)))}"))
    return Adoption(text, sorted(set(made.changes)), sorted(set(made.doubts)))


def _begun(program: Program, room_name: str) -> Conversion:
    flow = Flow(program, find_roles(program))
    receivers(program, flow.roles)  # finds functions that give lines
    flow.follow()
    return Conversion(program, flow, Edits(program.text), _free_name(program), room_name)


def _free_name(program: Program) -> str:
    return next(
        name for name in ("room", "shared_room", "game_room", "roomcast_room") if name not in program.identifiers
    )


def _converted(program: Program, room_name: str, *, keep: str) -> Conversion:
    made = _begun(program, room_name)
    rename(made)
    connect(made)
    if keep:
        keep_dispatch(made, keep)
    else:
        receiving(made)
    sending(made)
    rest_of_socket(made)
    return made


def _without_receiving(program: Program, room_name: str, why: str) -> Conversion:
    """Connecting and sending; what is received has to be done by hand."""
    made = _begun(program, room_name)
    rename(made)
    connect(made)
    sending(made)
    rest_of_socket(made)
    found = receivers(program, made.flow.roles)
    place = next((one for one in found if isinstance(one, Function)), None) or program.tree.body[-1]
    sentence = (
        f"what is received could not be told: {why}. Write a function for each command (@room.on) and call room.pump()"
    )
    made.doubt(place, re.sub(r"\s+", " ", sentence))
    return made


def _line(text: str, error: SyntaxError) -> str:
    lines = text.splitlines()
    return lines[error.lineno - 1].strip() if error.lineno and error.lineno <= len(lines) else error.msg
