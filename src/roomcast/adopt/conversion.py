"""One attempt to turn a client into a program on Roomcast: what is known of it, its edits, and what there is to say."""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass, field

from roomcast.adopt.handler_plan import Plan
from roomcast.adopt.message_flow import Flow
from roomcast.adopt.program_names import Program, Scope
from roomcast.adopt.program_text import Edits


@dataclass(frozen=True, order=True, slots=True)
class Remark:
    """Something that is said about a line of the old program, counted from 1."""

    line: int
    text: str


@dataclass
class Conversion:
    """`room_name`: the room to join. `room`: the variable that takes the place of the socket's."""

    program: Program
    flow: Flow
    edits: Edits
    room: str
    room_name: str
    plans: dict[str, Plan] = field(default_factory=dict)  # by command: what the functions here take
    changes: list[Remark] = field(default_factory=list)
    doubts: list[Remark] = field(default_factory=list)  # each is also a comment in the program
    unneeded: set[str] = field(default_factory=set)  # names that may have no use any more
    edits_thread: bool = False  # the reading thread's work is done by the window's own loop

    def changed(self, node: ast.AST, text: str) -> None:
        self.changes.append(Remark(getattr(node, "lineno", 1), text))

    def doubt(self, node: ast.AST, text: str) -> None:
        """Say that something cannot be told, at its place in the program, too."""
        statement = self.program.statement(node)
        remark = Remark(statement.lineno, text)
        if remark not in self.doubts:
            self.doubts.append(remark)
            at = self.edits.source.line_start(self.edits.source.start(statement))
            self.edits.insert(at, marked(text, self.edits.source.indent(statement)))

    def doubt_of(self, node: ast.AST, text: str) -> str:
        """Say that something cannot be told of what will be written anew; the comment for it."""
        self.doubts.append(Remark(getattr(node, "lineno", 1), text))
        return marked(text, "")

    def visible_room(self, scope: Scope) -> str:
        """How code of a function can name the room; "" where it cannot."""
        roles, program = self.flow.roles, self.program
        names = [(key, name) for key, name in roles.sockets if key != "."]
        here: ast.AST = scope
        while True:
            if any(key is here for key, _ in names):
                return self.room
            if here is program.tree:
                break
            here = program.scope(here)
        return self._attribute(scope)

    def _attribute(self, scope: Scope) -> str:
        """`self.room`, or the room as an attribute of another parameter that is used so elsewhere."""
        program, sockets = self.program, self.flow.roles.sockets
        parameters = (
            {one.arg for one in ast.walk(scope.args) if isinstance(one, ast.arg)} if hasattr(scope, "args") else set()
        )
        own_class = program.class_of(scope)
        for node in program.nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and program.key(node) in sockets:
                owner = node.value.id
                around = {program.class_of(one) for one in program.above(node)}
                if owner in parameters and (owner != "self" or own_class in around):
                    return f"{owner}.{self.room}"
        return ""


def marked(text: str, indent: str) -> str:
    """A comment that says what could not be told."""
    lines = textwrap.wrap(f"roomcast: {text}", 100 - len(indent), break_on_hyphens=False)
    return "".join(f"{indent}# {line}\n" for line in lines)
