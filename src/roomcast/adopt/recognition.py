"""What kind of program a file is: a client that can be adopted, or why it is none, as a sentence."""

from __future__ import annotations

import ast
import re
import warnings

from roomcast.adopt.network_roles import find_roles
from roomcast.adopt.program_names import Program
from roomcast.errors import RoomcastError

_OTHERS = {
    "asyncio": "asyncio",
    "socketserver": "socketserver",
    "websockets": "websockets",
    "socketio": "socketio",
    "twisted": "twisted",
    "zmq": "zmq",
}
_PYTHON_2 = re.compile(
    r"^\s*(print\s+[\"'\w]|exec\s+[\"']|raise\s+\w+\s*,|except\s+[\w.]+\s*,\s*\w+\s*:)", re.MULTILINE
)


class CannotAdopt(RoomcastError):
    """The file is no client on the starter pattern; the message says what it is, and what to do."""

    TOPIC = "adopt"


def parsed(name: str, source: str) -> Program:
    """The program, if it is a client. Raises `CannotAdopt`."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of the program's own, as of "\d"
            compile(source, name, "exec", dont_inherit=True)
            program = Program(source)
    except SyntaxError as error:
        raise CannotAdopt(_why_not_read(name, source, error)) from None
    except (RecursionError, MemoryError, ValueError):
        raise CannotAdopt(f"{name} cannot be read as a Python program: is it one?") from None
    _check_kind(name, program)
    return program


def _why_not_read(name: str, source: str, error: SyntaxError) -> str:
    old = _PYTHON_2.search(source)
    if old is not None:
        line = source[: old.start(1)].count("\n") + 1
        written = source.splitlines()[line - 1].strip()
        return (
            f"{name} is written in Python 2 (line {line}: {written[:50]}), which ended in 2020: "
            "make it run with Python 3 first, then adopt it"
        )
    return f"{name} has an error in line {error.lineno} ({error.msg}), so it cannot be read: make it run first"


def _check_kind(name: str, program: Program) -> None:
    imported = _imports(program.tree)
    words = program.identifiers
    if "roomcast" in imported:
        raise CannotAdopt(f"{name} is on Roomcast already: it has import roomcast")
    methods = {one.attr for one in program.nodes if isinstance(one, ast.Attribute)}
    serves = bool(methods & {"accept", "create_server", "serve_forever"})
    roles = find_roles(program)
    if serves and roles.connected:
        raise CannotAdopt(
            f"{name} is server and client in one. Of the server you need nothing any more: take it out, "
            "then adopt what is left"
        )
    if serves or "socketserver" in imported:
        raise CannotAdopt(
            f"{name} is the server, and you do not need it any more: `roomcast serve` takes its place. "
            "Old clients find that at port 50003, and adopted ones play in the same room. Adopt the client's file"
        )
    if "SOCK_DGRAM" in words:
        raise CannotAdopt(f"{name} sends datagrams (UDP): adopt reads programs that send lines over TCP")
    if "socket" not in imported:
        other = next((_OTHERS[one] for one in sorted(imported) if one in _OTHERS), "")
        if other:
            raise CannotAdopt(
                f"{name} uses {other}, and adopt reads programs on plain sockets: docs/guide.md says how to begin"
            )
        raise CannotAdopt(
            f"{name} does not use the network: there is no import socket in it. docs/guide.md says how to begin"
        )
    if not roles.connected:
        raise CannotAdopt(
            f"{name} imports socket, and nothing in it connects to a server: is it the file with the client?"
        )


def _imports(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {one.name.split(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found
