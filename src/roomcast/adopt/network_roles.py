"""Which variables of a program hold the socket, what it is handed on to, which function and thread read from it."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from roomcast.adopt.program_names import Function, Key, Program

RECEIVING = frozenset({"recv", "recv_into", "readline", "readlines", "read"})
SENDING = frozenset({"send", "sendall", "write"})


@dataclass
class Roles:
    """What was found. A stream (`makefile`) is counted as its socket."""

    sockets: set[Key] = field(default_factory=set)
    made: list[ast.Call] = field(default_factory=list)  # socket.socket(…)
    connected: list[ast.Call] = field(default_factory=list)  # socket.create_connection(…), and server.connect(…)
    threads: list[ast.Call] = field(default_factory=list)  # threading.Thread(…)
    sources: set[ast.AST] = field(default_factory=set)  # functions that give lines, by yield

    def is_socket(self, program: Program, node: ast.AST, within: tuple[ast.AST, ...] = ()) -> bool:
        """`within`: functions whose values are being looked at; they may call themselves."""
        if isinstance(node, ast.Call):
            if node in self.made or node in self.connected:
                return True
            if isinstance(node.func, ast.Attribute) and node.func.attr == "makefile":
                return self.is_socket(program, node.func.value, within)
            function = program.callee(node.func)
            if function is None or function in within:
                return False
            return any(
                isinstance(one, ast.Return)
                and one.value is not None
                and self.is_socket(program, one.value, (*within, function))
                for one in ast.walk(function)
            )
        if isinstance(node, ast.Name | ast.Attribute):
            return program.key(node) in self.sockets
        return False


def find_roles(program: Program) -> Roles:
    roles = Roles()
    for node in program.nodes:
        if isinstance(node, ast.Call):
            if is_of(node.func, "socket", "socket"):
                roles.made.append(node)
            elif is_of(node.func, "socket", "create_connection"):
                roles.connected.append(node)
            elif is_of(node.func, "threading", "Thread"):
                roles.threads.append(node)
    known = -1
    while known != len(roles.sockets):
        known = len(roles.sockets)
        for node in program.nodes:
            _hand_on(program, roles, node)
    roles.connected += [
        node
        for node in program.nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "connect"
        and roles.is_socket(program, node.func.value)
    ]
    return roles


def is_of(node: ast.expr, module: str, name: str) -> bool:
    """Whether an expression is `module.name`, or `name` alone, as after `from module import name`."""
    match node:
        case ast.Attribute(value=ast.Name(id=owner), attr=attribute):
            return attribute == name and owner == module
        case ast.Name(id=alone):
            return alone == name
    return False


def _hand_on(program: Program, roles: Roles, node: ast.AST) -> None:
    for variable, value in handed_on(program, roles.threads, node):
        if roles.is_socket(program, value) and (key := program.key(variable)) is not None:
            roles.sockets.add(key)


def handed_on(program: Program, threads: list[ast.Call], node: ast.AST) -> list[tuple[ast.AST, ast.expr]]:
    """By an assignment, a `with` or a call: which variable or parameter gets which value."""
    pairs: list[tuple[ast.AST, ast.expr]] = []
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                    pairs += zip(target.elts, value.elts, strict=False)
                else:
                    pairs.append((target, value))
        case ast.AnnAssign(target=one, value=ast.expr() as value) | ast.NamedExpr(target=one, value=value):
            pairs.append((one, value))
        case ast.With(items=items):
            pairs += [(one.optional_vars, one.context_expr) for one in items if one.optional_vars is not None]
        case ast.Call(func=called, args=args, keywords=keywords):
            function = program.callee(called)
            given = (args, keywords)
            if node in threads:
                run, given = thread_target(node)
                function = program.callee(run) if run is not None else None
            if function is not None:
                parameters = {one.arg: one for one in ast.walk(function.args) if isinstance(one, ast.arg)}
                for name, value in program.bound(function, *given).items():
                    if name in parameters:
                        pairs.append((parameters[name], value))
    return pairs


def same_things(program: Program, threads: list[ast.Call]) -> dict[Key, Key]:
    """Variables that are given to one another, each with one that stands for all of them."""
    one_of: dict[Key, Key] = {}

    def root(key: Key) -> Key:
        while one_of.get(key, key) != key:
            key = one_of[key]
        return key

    for node in program.nodes:
        for variable, value in handed_on(program, threads, node):
            key, other = program.key(variable), program.key(value)
            if key is not None and other is not None:
                one_of[root(key)] = root(other)
    return {key: root(key) for key in list(one_of)}


def thread_target(call: ast.Call) -> tuple[ast.expr | None, tuple[list[ast.expr], list[ast.keyword]]]:
    """What a `threading.Thread(…)` runs, and with which arguments."""
    named = {one.arg: one.value for one in call.keywords}
    target = named.get("target")
    args = named.get("args")
    given = list(args.elts) if isinstance(args, ast.Tuple | ast.List) else []
    if isinstance(target, ast.Lambda) and isinstance(target.body, ast.Call):
        return target.body.func, (target.body.args, target.body.keywords)
    return target, (given, [])


def is_receiving(program: Program, roles: Roles, node: ast.AST) -> bool:
    """Whether a node takes something out of the socket."""
    match node:
        case ast.Call(func=ast.Attribute(value=one, attr=method)) if method in RECEIVING:
            return roles.is_socket(program, one)
        case ast.For(iter=one):
            return roles.is_socket(program, one)
        case ast.Attribute(value=one, attr=method) if method in RECEIVING:  # iter(stream.readline, "")
            return roles.is_socket(program, one) and isinstance(program.parents[node], ast.Call)
    return False


def receivers(program: Program, roles: Roles) -> list[Function | ast.Module]:
    """The functions (or the module) that read from the socket. Those that give lines by `yield` become `sources`."""
    found: list[Function | ast.Module] = []
    for node in program.nodes:
        reading = is_receiving(program, roles, node)
        if isinstance(node, ast.Call) and (function := program.callee(node.func)) in roles.sources:
            reading = program.scope(node) is not function
        scope = program.scope(node)
        if reading and isinstance(scope, Function | ast.Module) and scope not in found:
            found.append(scope)
    fresh = [one for one in found if _gives_lines(program, one) and one not in roles.sources]
    if fresh:
        roles.sources.update(fresh)
        return receivers(program, roles)
    return [one for one in found if one not in roles.sources]


def _gives_lines(program: Program, scope: ast.AST) -> bool:
    return isinstance(scope, Function) and any(
        isinstance(one, ast.Yield | ast.YieldFrom) and program.scope(one) is scope for one in ast.walk(scope)
    )
