"""Writes the functions of a room: one for each branch of the old dispatch."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from roomcast.adopt.dispatch_chain import Branch, Chain
from roomcast.adopt.draining import Absorbed
from roomcast.adopt.handler_plan import FIRST, CannotTell, Plan, counts_words
from roomcast.adopt.message_flow import Flow
from roomcast.adopt.program_names import Scope
from roomcast.adopt.program_text import Edits, reindented
from roomcast.adopt.received_values import Received
from roomcast.client.hints import ELSEWHERE, plain_event
from roomcast.client.registration import EVENT_PARAMETERS

STEP = "    "
_WORDS = {
    "join": "join joined joins playerJoined player_joined addPlayer",
    "leave": "left leave leaves playerLeft player_left removePlayer playerGone disconnect disconnected quit bye",
    "closed": "closed lost serverClosed serverGone",
}
SERVER_WORDS = {word: event for event, words in _WORDS.items() for word in words.split()}
"""What old servers say by themselves, and the event that it is on Roomcast."""


@dataclass
class Handler:
    """A function to be registered."""

    name: str
    registered: list[str]  # `room.on("move")`
    code: str  # from `def` on, not indented
    above: str = ""  # comments that stood above the branch, not indented


@dataclass
class HandlerWriter:
    """`room`: how the room is called in the functions. `method`: they get `self`. `outer`: "global" or "nonlocal"."""

    flow: Flow
    edits: Edits
    chain: Chain
    found: Absorbed
    room: str
    method: bool
    outer: str
    scope: Scope
    taken: set[str] = field(default_factory=set)

    def command(self, branches: list[tuple[Branch, Plan]]) -> Handler:
        """The function for a command. Of several branches of it, the first is taken whose guards are true."""
        branch, plan = branches[0]
        parameters = [f"{plan.names[at]}{self._hint(plan, at)}" for at in range(FIRST, _end(plan)) if at in plan.names]
        if plan.raw:
            parameters = ["*details: str"]
        elif plan.rest is not None:
            parameters.append(f"*{plan.names[plan.rest]}: str")
        own = f"if player == {self.room}.me:\n{STEP}return  # done already, when it was sent\n"
        code = self._declarations([one for each, _ in branches for one in each.body]) + own
        if len(branches) == 1:
            code += self._body(branch, plan, "player.id", declared=True)
        else:
            code += self._alternatives(branches)
        name = branch.function.name if branch.function is not None else self._name(branch.commands[0])
        head = self._head(name, ["player", *parameters])
        return Handler(name, [self._on(word) for word in branch.commands], head + _deeper(code), self._above(branch))

    def join(
        self, newcomer: tuple[Branch, Plan] | None, oneself: tuple[Branch, Plan] | None, missing: dict[str, str]
    ) -> Handler:
        """The function for who comes: `newPlayer` for the others, `myIDis` for oneself.

        `missing`: by these words, code for what a greeting said beyond the id.
        """
        parts: list[str] = []
        for which, sign, word in ((oneself, "==", "myIDis"), (newcomer, "!=", "newPlayer")):
            if which is None:
                continue
            test = f"if player {sign} {self.room}.me:\n" if not parts else "else:\n"
            above = self._above(which[0])
            body = above + missing.get(word, "") + self._body(*which, "player.id", declared=True)
            if newcomer is not None and oneself is not None and newcomer[0] is oneself[0]:
                parts = [body]
                break
            parts.append(test + _deeper(body))
        branches = [one[0] for one in (newcomer, oneself) if one is not None]
        code = self._declarations([one for branch in branches for one in branch.body]) + "".join(parts)
        name = self._name("join")
        return Handler(name, [self._on("join", event=True)], self._head(name, ["player"]) + _deeper(code))

    def leave(self, branch: Branch, plan: Plan) -> Handler:
        """The function for who goes: a word of the old server's."""
        name = branch.function.name if branch.function is not None else self._name(branch.commands[0])
        code = self._head(name, ["player"]) + _deeper(self._body(branch, plan, "player.id"))
        return Handler(name, [self._on("leave", event=True)], code, self._above(branch))

    def closed(self, branches: list[tuple[Branch, Plan]], statements: list[ast.stmt]) -> Handler:
        """The function for the end of the connection."""
        code = "".join(self._body(branch, plan, '"server"') for branch, plan in branches)
        code += "".join(f"{name} = why\n" for name in sorted(self.found.causes))
        for one in statements:
            start, end = self.edits.source.lines(one)
            code += reindented(self.edits.rendered(start, end), "")
        name = self._name("closed")
        parts = self._declarations(statements) + code
        return Handler(name, [self._on("closed", event=True)], self._head(name, ["why"]) + _deeper(parts))

    # ------------------------------------------------------------------ parts

    def _on(self, word: str, *, event: bool = False) -> str:
        if event:
            return f'{self.room}.on("{word}")'
        command = free_command(word)
        return f'{self.room}.{"command" if plain_event(command) in ELSEWHERE else "on"}("{command}")'

    def _head(self, name: str, parameters: list[str]) -> str:
        return f"def {name}({', '.join(['self', *parameters] if self.method else parameters)}):\n"

    def _name(self, command: str) -> str:
        word = re.sub(r"\W", "_", command)
        name, count = f"on_{word}", 2
        while name in self.flow.program.identifiers or name in self.taken:
            name, count = f"on_{word}{count}", count + 1
        self.taken.add(name)
        return name

    def _hint(self, plan: Plan, place: int) -> str:
        return f": {plan.hint(place)}" if plan.hint(place) else ""

    def _above(self, branch: Branch) -> str:
        """The comments above an `if`, `elif` or `case` are its own."""
        source = self.edits.source
        line = source.line_start(source.start(branch.node))
        if branch.called or not branch.commands:
            return ""
        return reindented(source.text[source.comments_above(line) : line], "")

    def _body(self, branch: Branch, plan: Plan, sender: str, *, declared: bool = False, guarded: bool = True) -> str:
        if branch.called:
            given = [sender] if any(value.index == 1 for value in branch.captured.values()) else []
            given += [plan.names[at] if at != plan.rest else f"*{plan.names[at]}" for at in sorted(plan.names)]
            return f"{branch.called}({', '.join(given)})\n"
        lines = []
        for name, value in plan.first_lines.items():
            made = self._made(branch, plan, value, sender)
            if made != name and (name, made) != ("details", "[*details]"):
                lines.append(f"{name} = {made}\n")
        for node, value in plan.replaced.items():
            self.edits.replace_node(node, self._part(plan, value, sender))
        if len(branch.body) > 1 and _is_end(branch.body[-1]) and self.edits.source.stands_alone(branch.body[-1]):
            self.edits.remove_lines(branch.body[-1])
        self._replace_jumps(branch.body)
        said = [self.edits.source.lines(one) for one in self.found.before]
        before = "".join(reindented(self.edits.rendered(*lines_), "") for lines_ in said)
        guards = self._guards(branch)
        test = ""
        if guards and guarded:
            test = f"if not ({' and '.join(guards)}):\n{STEP}return\n"
            if len(guards) == 1 and (found := re.fullmatch(r"(\S+) in (\S+)", guards[0])):
                test = f"if {found[1]} not in {found[2]}:\n{STEP}return\n"
        code = "".join(lines) + before + test + self._statements(branch, plan)
        for attempt in self.found.attempts:
            source = self.edits.source
            rest = reindented(
                source.text[source.line_start(source.start(attempt.handlers[0])) : source.end(attempt)], ""
            )
            self._replace_jumps([one for handler in attempt.handlers for one in handler.body])
            code = f"try:\n{_deeper(code)}{rest}\n"
        return code if declared else self._declarations(branch.body) + code

    def _alternatives(self, branches: list[tuple[Branch, Plan]]) -> str:
        code = ""
        for place, (branch, plan) in enumerate(branches):
            body = self._above(branch) * bool(place) + self._body(
                branch, plan, "player.id", declared=True, guarded=False
            )
            guards = self._guards(branch)
            if not guards and place:
                return f"{code}else:\n{_deeper(body)}"
            code += f"{'el' if place else ''}if {' and '.join(guards) or True}:\n{_deeper(body)}"
        return code

    def _guards(self, branch: Branch) -> list[str]:
        guards = [self.edits.rendered(*_range(self.edits, one)) for one in branch.guards if not counts_words(one)]
        loose = [isinstance(one, ast.BoolOp) and isinstance(one.op, ast.Or) for one in branch.guards]
        return [f"({one})" if any(loose) and len(guards) > 1 else one for one in guards]

    def _statements(self, branch: Branch, plan: Plan) -> str:
        """The statements of the branch themselves, with their comments."""
        source = self.edits.source
        body = branch.body
        if branch.function is not None and ast.get_docstring(branch.function) is not None and len(body) > 1:
            pass
        if not source.stands_alone(body[0], body[-1]):  # `if command == "jump": jump()`
            start, end = source.start(body[0]), source.end(body[-1])
            if source.line_of(start) != source.line_of(end):
                raise CannotTell("a branch begins in the middle of a line and has several")
            return self.edits.rendered(start, end) + source.text[end : source.line_end(end)].rstrip("\n") + "\n"
        for one in [*plan.dropped, *(one for one in body if isinstance(one, ast.Global | ast.Nonlocal))]:
            self.edits.remove_lines(one)
        start, end = source.lines(body[0], body[-1])
        start = source.comments_above(start)
        depth = len(source.indent(body[0]))
        while end < len(source.text):  # comments that follow, as deep
            line = source.text[end : source.line_end(end)]
            if not line.strip().startswith("#") or len(line) - len(line.lstrip()) != depth:
                break
            end = source.line_end(end)
        text = reindented(self.edits.rendered(start, end), "")
        code = [line for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
        return text.rstrip("\n") + "\n" if code else text + "pass\n"

    def _declarations(self, body: list[ast.stmt]) -> str:
        """`global` and `nonlocal`, as the branch needs them in a function of its own."""
        stored = {
            one.id for node in body for one in ast.walk(node)
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
        }  # fmt: skip
        lines = ""
        for kind, word in ((ast.Global, "global"), (ast.Nonlocal, "nonlocal")):
            inside = [part for one in body for part in ast.walk(one)]
            declared = {
                name for one in [*ast.walk(self.scope), *inside]
                if isinstance(one, kind) and (one in inside or self.flow.program.scope(one) is self.scope)
                for name in one.names
            }  # fmt: skip
            if self.outer == word:
                own = self.flow.program.own_names(self.scope)
                outside = {name for name in stored if name in own and self._is_used_outside(name, body)}
                if word == "nonlocal" and not all(
                    self._is_used_outside(name, self.chain.statements, set_=True) for name in outside
                ):
                    raise CannotTell("variables of the game are set there, and nowhere else")
                declared |= outside
            if names := sorted(declared & stored):
                lines += f"{word} {', '.join(names)}\n"
        return lines

    def _is_used_outside(self, name: str, body: list[ast.stmt], *, set_: bool = False) -> bool:
        """Whether a name is used, or set, elsewhere in the program."""
        kinds = (ast.Store,) if set_ else (ast.Store, ast.Load, ast.Del)
        inside = {part for one in body for part in ast.walk(one)}
        return any(
            isinstance(one, ast.Name)
            and isinstance(one.ctx, kinds)
            and one not in inside
            and self.flow.program.key(one) == (self.scope, name)
            for one in self.flow.program.nodes
        )

    def _replace_jumps(self, body: list[ast.stmt]) -> None:
        """`continue` of the loop that took the lines out becomes `return`."""
        for one in body:
            if isinstance(one, ast.Continue | ast.Break):
                self.edits.replace_node(one, "return")
            elif isinstance(one, ast.Return) and one.value is not None and self.chain is not None:
                if not (isinstance(one.value, ast.Constant) and one.value.value is None):
                    raise CannotTell("a branch returns a value")
            elif not isinstance(one, ast.For | ast.While | ast.FunctionDef | ast.ClassDef):
                for part in ("body", "orelse", "finalbody"):
                    self._replace_jumps(getattr(one, part, []))
                for handler in [*getattr(one, "handlers", []), *getattr(one, "cases", [])]:
                    self._replace_jumps(handler.body)

    def _part(self, plan: Plan, value: Received, sender: str) -> str:
        if value.kind in ("word", "text") and value.index == 1:
            return sender
        if value.kind == "words":
            return plan.names[value.index]
        return plan.names[value.index]

    def _made(self, branch: Branch, plan: Plan, value: Received, sender: str) -> str:
        """An expression for what a variable held."""
        command = f'"{branch.commands[0]}"'
        greets = set(branch.commands) <= {"newPlayer", "myIDis"}
        if greets and value.kind == "text" and value.index == 1:
            return sender
        if value.kind == "word":
            if value.index < FIRST:
                return command if value.index == 0 else sender
            part = f"details[{value.index - FIRST}]" if plan.raw else plan.names[value.index]
            return f"{value.convert}({part})" if value.convert and plan.raw else part
        rest = (
            "" if greets else "*details" if plan.raw else f"*{plan.names[plan.rest]}" if plan.rest is not None else ""
        )
        whole = {0: [command, sender, rest], 1: [sender, rest]}.get(value.index, [rest])
        if value.kind == "piece":
            raise CannotTell("the bytes themselves are used")
        if value.kind == "line":
            whole = [command, sender, rest]
        words = f"[{', '.join(part for part in whole if part)}]"
        if value.index > FIRST and plan.raw:
            words = f"list(details[{value.index - FIRST}:])"
        if value.kind in ("text", "line"):
            alone = value.kind == "text" and value.index >= FIRST and not words.startswith("list")
            return f'" ".join({rest.lstrip("*") if alone else words})'
        return f"[{value.convert}(word) for word in {words}]" if value.convert else words


def _range(edits: Edits, node: ast.AST) -> tuple[int, int]:
    return edits.source.start(node), edits.source.end(node)


def free_command(word: str) -> str:
    """The command as it may be called on Roomcast, where the names of events are taken."""
    return f"{word}_" if word in EVENT_PARAMETERS else word


def _is_end(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Continue) or (isinstance(statement, ast.Return) and statement.value is None)


def _end(plan: Plan) -> int:
    return plan.rest if plan.rest is not None else max([*plan.names, FIRST - 1]) + 1


def _deeper(code: str) -> str:
    return reindented(code, STEP)
