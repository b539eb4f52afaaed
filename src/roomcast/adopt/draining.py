"""Which statements do nothing but receive, take apart and dispatch: those that `room.pump()` takes the place of."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass, field

from roomcast.adopt.message_flow import Flow
from roomcast.adopt.network_roles import is_receiving, receivers
from roomcast.adopt.program_names import Function, Key, Program

_OF_THE_NETWORK = frozenset({
    "setblocking", "settimeout", "setsockopt", "close", "shutdown", "task_done", "flush", "join", "clear",
})  # fmt: skip
_MODULES = frozenset({"socket", "queue", "select", "threading", "Queue", "Empty", *dir(builtins)})
_NETWORK_ERRORS = frozenset({
    "Empty", "BlockingIOError", "OSError", "error", "timeout", "TimeoutError", "ConnectionError",
    "ConnectionResetError", "ConnectionAbortedError", "BrokenPipeError", "UnicodeDecodeError",
})  # fmt: skip


@dataclass
class Absorbed:
    """What is in the statements beside receiving."""

    ends: list[ast.stmt] = field(default_factory=list)  # done when the connection ends
    causes: set[str] = field(default_factory=set)  # names of exceptions that are used there
    before: list[ast.stmt] = field(default_factory=list)  # printed before each dispatch
    attempts: list[ast.Try] = field(default_factory=list)  # around the dispatch
    functions: list[Function] = field(default_factory=list)  # called with what was received


class Absorber:
    """Looks through statements. `reading`: they are of the function that reads from the socket."""

    def __init__(self, flow: Flow, *, reading: bool) -> None:
        self._flow = flow
        self._program = flow.program
        self._reading = reading
        self._derived: set[object] = set()
        self.found = Absorbed()

    def all(self, block: list[ast.stmt]) -> bool:
        taken = [self.takes(one) for one in block]  # each: what is found in them is kept
        return all(taken)

    def takes(self, statement: ast.stmt) -> bool:
        """Whether a statement is only about receiving."""
        if any(statement in chain.statements for chain in self._flow.chains):
            return True
        match statement:
            case ast.Pass() | ast.Continue() | ast.Break() | ast.Global() | ast.Nonlocal():
                return True
            case ast.Return(value=value):
                return value is None or (isinstance(value, ast.Constant) and value.value is None)
            case ast.Expr(value=value):
                return self._takes_expression(statement, value)
            case ast.Assign(targets=targets, value=value):
                return self._takes_assignment(targets, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.AugAssign(target=target, value=value):
                return self._takes_assignment([target], value)
            case ast.If(test=test, body=body, orelse=orelse):
                return self._is_about_messages(test) and self._takes_end(body) and self.all(orelse)
            case ast.While(test=test, body=body, orelse=orelse):
                return self._is_about_messages(test) and self.all(body) and self._takes_end(orelse)
            case ast.For(iter=iterated, body=body, orelse=[]):
                return self._is_about_messages(iterated) and self.all(body)
            case ast.With(items=items, body=body):
                return all(self._is_about_messages(one.context_expr) for one in items) and self.all(body)
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                return self.all(body) and self._takes_handlers(statement, handlers) and self.all([*orelse, *final])
        return False

    def take_rest(self, block: list[ast.stmt]) -> None:
        """What follows where the connection has ended."""
        for one in block:
            trial = Absorber(self._flow, reading=self._reading)
            if not trial.takes(one):
                self.found.ends.append(one)
                around = next((each for each in self._program.above(one) if isinstance(each, ast.ExceptHandler)), None)
                if around is not None and any(getattr(part, "id", "") == around.name for part in ast.walk(one)):
                    self.found.causes.add(str(around.name))

    def _takes_expression(self, statement: ast.stmt, value: ast.expr) -> bool:
        match value:
            case ast.Constant():
                return True
            case ast.Call(func=ast.Attribute(value=owner, attr=method)) if method in _OF_THE_NETWORK:
                if self._flow.queue(owner) is not None or self._flow.roles.is_socket(self._program, owner):
                    return True
        if isinstance(value, ast.Call):
            if value in self._flow.puts or value in self._flow.own_words:
                return True
            function = self._program.callee(value.func)
            if function is not None and self._flow.calls.get(function) is value:
                self.found.functions.append(function)
                inner = Absorber(self._flow, reading=False)
                inner.found = self.found
                return inner.all(function.body)
            if isinstance(value.func, ast.Name) and value.func.id == "print" and self._stands_before_chain(statement):
                self.found.before.append(statement)
                return True
        return False

    def _stands_before_chain(self, statement: ast.stmt) -> bool:
        block = self._program.block(statement)
        after = block[block.index(statement) + 1 :]
        starts = {chain.statements[0] for chain in self._flow.chains}
        return any(start is part for one in after for part in ast.walk(one) for start in starts)

    def _takes_assignment(self, targets: list[ast.expr], value: ast.expr) -> bool:
        keys = [self._program.key(one) for target in targets for one in _single(target)]
        about = self._is_about_messages(value)
        if any(key is None for key in keys):
            return False
        keys = [key for key in keys if key is None or key[1] != "_"] or keys
        if not self._are_private({key for key in keys if key is not None}):
            return False
        if all(key in self._flow.variables or key in self._derived for key in keys):
            return about
        if about and not isinstance(value, ast.Constant) and all(isinstance(key[0], Function) for key in keys if key):
            self._derived |= set(keys)
            return True
        queues = self._flow.queue_names()
        return all(key[1] in queues or key[1] == "_" for key in keys if key) and about

    def _are_private(self, keys: set[Key]) -> bool:
        """Whether variables of the module, and attributes, are used for nothing but receiving."""
        flow, program = self._flow, self._program
        public = {key for key in keys if key[0] == "." or key[0] is program.tree}
        if not public or public & flow.queue_names_as_keys():
            return True
        inside = {
            part
            for one in [*flow.calls, *receivers(program, flow.roles)]
            if isinstance(one, Function)
            for part in ast.walk(one)
        }
        inside |= {part for chain in flow.chains for one in chain.statements for part in ast.walk(one)}
        return not any(
            isinstance(one, ast.Name | ast.Attribute)
            and isinstance(one.ctx, ast.Load)
            and one not in inside
            and program.key(one) in public
            and not self._is_about_messages(_around(program, one))
            for one in program.nodes
        )

    def _takes_end(self, body: list[ast.stmt]) -> bool:
        """Whether a block is absorbed, or is what is done once when the connection has ended."""
        trial = Absorber(self._flow, reading=self._reading)
        trial._derived = self._derived
        if trial.all(body):
            return self.all(body)
        parts = [part for one in body for part in ast.walk(one)]
        receives = any(is_receiving(self._program, self._flow.roles, part) for part in parts)
        if self._reading and not receives and isinstance(body[-1], ast.Break | ast.Return | ast.Expr | ast.Raise):
            self.take_rest(body)
            return True
        return False

    def _takes_handlers(self, statement: ast.Try, handlers: list[ast.ExceptHandler]) -> bool:
        parts = [part for one in statement.body for part in ast.walk(one)]
        receives = any(is_receiving(self._program, self._flow.roles, part) or part in self._flow.gets for part in parts)
        for handler in handlers:
            kinds = _names_of(handler.type)
            if kinds and kinds <= _NETWORK_ERRORS:
                if not self._takes_end(handler.body):
                    return False
            elif any(part in chain.statements for chain in self._flow.chains for part in parts):
                if statement not in self.found.attempts:
                    self.found.attempts.append(statement)
            elif not (receives and self._takes_end(handler.body)):
                return False
        return True

    def _is_about_messages(self, node: ast.expr) -> bool:
        """Whether an expression has nothing in it but what was received, the queue and the socket."""
        for part in ast.walk(node):
            if not isinstance(part, ast.Name):
                continue
            key = self._program.key(part)
            known = key in self._flow.variables or key in self._derived or self._flow.queue(part) is not None
            if known or key in self._flow.roles.sockets or part.id in _MODULES:
                continue
            if part.id in {one.name for one in self._flow.roles.sources if isinstance(one, Function)}:
                continue
            if self._is_owner_of_network(part) or isinstance(self._program.set_once(part), ast.Dict | ast.Constant):
                continue
            return False
        return not any(isinstance(part, ast.Call) and not self._is_harmless(part) for part in ast.walk(node))

    def _is_owner_of_network(self, name: ast.Name) -> bool:
        """Of `self.inbox`: whether `self` stands there for the sake of the queue or the socket."""
        parent = self._program.parents[name]
        key = self._program.key(parent)
        return isinstance(parent, ast.Attribute) and (
            self._flow.queue(parent) is not None or key in self._flow.roles.sockets or key in self._flow.variables
        )

    def _is_harmless(self, call: ast.Call) -> bool:
        function = self._program.callee(call.func)
        return function is None or function in self._flow.roles.sources


def _around(program: Program, node: ast.expr) -> ast.expr:
    """The largest expression that a node is in."""
    while isinstance(around := program.parents[node], ast.expr):
        node = around
    return node


def _single(target: ast.expr) -> list[ast.expr]:
    if isinstance(target, ast.Tuple | ast.List):
        return [each for one in target.elts for each in _single(one)]
    return [target.value if isinstance(target, ast.Starred) else target]


def _names_of(kind: ast.expr | None) -> set[str]:
    if isinstance(kind, ast.Tuple):
        return {name for one in kind.elts for name in _names_of(one)}
    return {kind.id} if isinstance(kind, ast.Name) else {kind.attr} if isinstance(kind, ast.Attribute) else set()


@dataclass
class Region:
    """Statements, one after the other in a block, that a pump takes the place of."""

    first: ast.stmt
    last: ast.stmt
    found: Absorbed

    def holds(self, node: ast.AST) -> bool:
        return self.first.lineno <= getattr(node, "lineno", 0) <= (self.last.end_lineno or 0)


def find_region(flow: Flow, seed: ast.AST, *, reading: bool) -> Region | None:
    """The largest run of statements around `seed` that is only about receiving."""
    program = flow.program
    scope = program.scope(seed)
    current = program.statement(seed)
    if not _trial(flow, [current], reading=reading):
        return None
    while True:
        around = next((one for one in program.above(current) if isinstance(one, ast.stmt)), None)
        if around is None or around is scope or isinstance(around, Function | ast.ClassDef):
            break
        if not _trial(flow, [around], reading=reading):
            break
        current = around
    block = program.block(current)
    first = last = block.index(current)
    while first and _is_part(flow, block[first - 1]) and _trial(flow, block[first - 1 : last + 1], reading=reading):
        first -= 1
    while last + 1 < len(block) and _trial(flow, block[first : last + 2], reading=reading):
        last += 1
    absorber = Absorber(flow, reading=reading)
    absorber.all(block[first : last + 1])
    return Region(block[first], block[last], absorber.found)


def _trial(flow: Flow, block: list[ast.stmt], *, reading: bool) -> bool:
    return Absorber(flow, reading=reading).all(block)


def _is_part(flow: Flow, statement: ast.stmt) -> bool:
    """Whether a statement holds something received; others before it are the program's own."""
    if isinstance(statement, ast.Global | ast.Nonlocal):
        return set(statement.names) <= flow.buffers
    return any(
        isinstance(part, ast.Name | ast.Attribute) and flow.program.key(part) in flow.variables
        for part in ast.walk(statement)
    )
