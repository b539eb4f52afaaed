"""The socket becomes the room: connecting, closing, its name, and what is caught when there is no server."""

from __future__ import annotations

import ast
import re

from roomcast.adopt.conversion import Conversion
from roomcast.adopt.network_roles import RECEIVING, SENDING
from roomcast.adopt.program_names import Function

_HERE = frozenset({"", "localhost", "127.0.0.1", "0.0.0.0", "::1"})  # addresses of the same computer
_PORT = 8112
_QUIET = frozenset({"setblocking", "settimeout", "setsockopt", "makefile", "flush"})
_CLOSING = frozenset({"close", "shutdown", "detach"})
_CAUGHT = frozenset({"ConnectionRefusedError", "socket.error", "socket.gaierror", "socket.timeout", "TimeoutError"})


def connect(made: Conversion) -> None:
    """Replace what makes and connects the socket by `roomcast.join`."""
    program, roles, edits = made.program, made.flow.roles, made.edits
    for call in roles.connected:
        address = call.args[0] if call.args else next((one.value for one in call.keywords), None)
        where = _where(made, address)
        statement = program.statement(call)
        made.changed(call, f"the socket becomes the room: roomcast.join({where}); the server is `roomcast serve`")
        _catch(made, call)
        if not isinstance(call.func, ast.Attribute) or call.func.attr == "create_connection":
            edits.replace_node(call, f"roomcast.join({where})")
            continue
        creation = _creation(made, call.func.value)
        if creation is None:
            made.doubt(call, "it is not clear where this socket is made: make the room here, and nowhere else")
        elif isinstance(creation, ast.With):
            edits.replace_node(creation.items[0].context_expr, f"roomcast.join({where})")
            edits.remove_lines(statement)
        else:
            edits.remove_lines(creation)
            target = program.text.source(call.func.value)
            if isinstance(call.func.value, ast.Attribute):
                target = target[: -len(call.func.value.attr)] + made.room
            else:
                target = made.room
            declared = ""
            scope = program.scope(call)
            if isinstance(call.func.value, ast.Name) and program.scope(creation) is not scope:
                declared = f"global {target}\n{program.text.indent(statement)}"
                if any(isinstance(one, ast.Global) and call.func.value.id in one.names for one in ast.walk(scope)):
                    declared = ""
            edits.replace_node(statement, f"{declared}{target} = roomcast.join({where})")


def _creation(made: Conversion, server: ast.expr) -> ast.stmt | None:
    """The statement that makes the socket which is connected as `server`."""
    program, key = made.program, made.program.key(server)
    found: list[ast.stmt] = []
    for call in made.flow.roles.made:
        statement = program.statement(call)
        match statement:
            case ast.Assign(targets=[target], value=value) if value is call and program.key(target) == key:
                found.append(statement)
            case ast.With(items=[one]) if one.context_expr is call and one.optional_vars is not None:
                if program.key(one.optional_vars) == key:
                    found.append(statement)
    return (
        found[0]
        if len(found) == 1 and (isinstance(found[0], ast.With) or program.text.stands_alone(found[0]))
        else None
    )


def _where(made: Conversion, address: ast.expr | None) -> str:
    """What `roomcast.join` is given: the room's name, behind the server's address where the program chooses one."""
    program, room = made.program, made.room_name
    pair = address if isinstance(address, ast.Tuple) else program.set_once(address)
    if address is not None and not isinstance(pair, ast.Tuple):
        made.doubt(address, f"this address may hold the old server's port: `roomcast serve` listens on {_PORT}")
        return _joined(_Code(f"{program.text.source(address)}[0]"), f"/{room}")
    if not isinstance(pair, ast.Tuple) or len(pair.elts) != 2:
        return repr_text(room)
    if address is not pair and isinstance(address, ast.Name):
        made.unneeded.add(address.id)
    made.unneeded |= {one.id for one in pair.elts if isinstance(one, ast.Name)}
    host, port = pair.elts
    if _is_here(made, host):
        return repr_text(room)
    if isinstance(program.constant(port), int):
        return _joined(_part(made, host), f"/{room}")
    _change_default_port(made, port)
    return _joined(_part(made, host), ":", _part(made, port), f"/{room}")


def _is_here(made: Conversion, host: ast.expr) -> bool:
    if isinstance(made.program.constant(host), str):
        return made.program.constant(host) in _HERE
    value = made.program.set_once(host) or host
    return isinstance(value, ast.Call) and "gethostname" in made.program.text.source(value)


class _Code(str):
    """A part of an address that is an expression; other parts are text."""


def _part(made: Conversion, node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else _Code(made.program.text.source(node))


def _joined(*parts: str) -> str:
    """The code of a text with these parts: an f-string, where one can hold the expressions before Python 3.12."""
    codes = [part for part in parts if isinstance(part, _Code)]
    if not codes:
        return repr_text("".join(parts))
    quotes = ('"', "'", '"""') if not any(sign in code for code in codes for sign in "\\#\n") else ()
    quote = next((one for one in quotes if not any(one in code for code in codes)), None)
    if quote is None:
        return " + ".join(f"str({part})" if isinstance(part, _Code) else repr_text(part) for part in parts)
    written = [f"{{{part}}}" if isinstance(part, _Code) else _in_text(part, quote[0]) for part in parts]
    return f"f{quote}{''.join(written)}{quote}"


def _in_text(text: str, quote: str) -> str:
    """A text as a part of an f-string with these quotes."""
    for sign, written in (("\\", "\\\\"), ("{", "{{"), ("}", "}}"), (quote, f"\\{quote}")):
        text = text.replace(sign, written)
    return text


def _change_default_port(made: Conversion, port: ast.expr) -> None:
    """Where the port is chosen when the program starts, its default is the old server's."""
    program = made.program
    ports: list[tuple[ast.Constant, str]] = []
    for one in program.nodes:
        if isinstance(one, ast.Constant) and isinstance(one.value, int | str):
            number = str(one.value)
            said = re.fullmatch(r"[1-9]\d{3,4}", number) and re.search("port", _line(made, one), re.IGNORECASE)
            if said and 1024 <= int(number) <= 65535:
                ports.append((one, number))
    if len({number for _, number in ports}) == 1:
        for one, _ in ports:
            made.edits.replace_node(one, str(_PORT) if isinstance(one.value, int) else f'"{_PORT}"')
        first, number = ports[0]
        made.changed(first, f"the port {number} was the old server's: programs reach `roomcast serve` at {_PORT}")
    else:
        made.changed(port, f"start it with the port of `roomcast serve`, {_PORT}, in place of the old server's")


def _line(made: Conversion, node: ast.expr) -> str:
    source = made.program.text
    start = source.start(node)
    return source.text[source.line_start(start) : source.line_end(start)]


def _catch(made: Conversion, call: ast.Call) -> None:
    """`except ConnectionRefusedError` around the connecting: `roomcast.CannotConnect`, which is an OSError, too."""
    inside: ast.AST = call
    for around in made.program.above(call):
        if isinstance(around, ast.Try) and any(inside is one for one in around.body):
            for handler in around.handlers:
                kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
                names = [made.program.text.source(one) for one in kinds if one is not None]
                if names and all(name in _CAUGHT for name in names) and handler.type is not None:
                    made.edits.replace_node(handler.type, "roomcast.CannotConnect")
        inside = around


def repr_text(text: str) -> str:
    """A text as Python code, in double quotes where that is possible."""
    return f'"{text}"' if '"' not in text and "\\" not in text else repr(text)


# ---------------------------------------------------------------------- everything else that is done with the socket


def rest_of_socket(made: Conversion) -> None:
    """Closing, settings, streams; and what a room has not."""
    program, roles, edits = made.program, made.flow.roles, made.edits
    for node in program.nodes:
        if not isinstance(node, ast.Attribute) or not roles.is_socket(program, node.value):
            continue
        call = program.parents[node]
        statement = program.statement(node)
        alone = isinstance(statement, ast.Expr) and statement.value is call and program.text.stands_alone(statement)
        if node.attr == "makefile" and isinstance(call, ast.Call):
            _remove_stream(made, call)
        elif node.attr in _QUIET and alone:
            _remove_statement(made, statement)
        elif node.attr in _CLOSING and isinstance(call, ast.Call) and alone:
            if node.attr == "shutdown":
                _remove_statement(made, statement)
            else:
                edits.replace(program.text.end(node) - len(node.attr), program.text.end(call), "leave()")
        elif node.attr not in {"connect", *SENDING, *RECEIVING}:
            made.doubt(node, f"a room has no {node.attr}: say what you need it for in another way")


def _remove_stream(made: Conversion, call: ast.Call) -> None:
    """`stream = server.makefile("w")`: the room itself is written to."""
    statement = made.program.statement(call)
    match statement:
        case ast.Assign(targets=[ast.Name()]) if statement.value is call and made.program.text.stands_alone(statement):
            _remove_statement(made, statement)
        case ast.Assign(targets=[ast.Attribute() as target]) if statement.value is call:
            owner = call.func.value if isinstance(call.func, ast.Attribute) else call
            same = isinstance(owner, ast.Attribute) and ast.unparse(owner.value) == ast.unparse(target.value)
            if same:
                _remove_statement(made, statement)
            else:
                made.edits.replace(made.program.text.end(owner), made.program.text.end(call), "")
        case _ if isinstance(call.func, ast.Attribute):
            made.edits.replace(made.program.text.end(call.func.value), made.program.text.end(call), "")


def _remove_statement(made: Conversion, statement: ast.stmt) -> None:
    if len(made.program.block(statement)) == 1:
        made.edits.replace_node(statement, "pass")
    else:
        made.edits.remove_lines(statement)


def rename(made: Conversion) -> None:
    """The variables that held the socket are called as the room."""
    program, sockets = made.program, made.flow.roles.sockets
    for node in program.nodes:
        if isinstance(node, ast.Name | ast.arg) and program.key(node) in sockets:
            name = node.id if isinstance(node, ast.Name) else node.arg
            start = program.text.start(node)
            made.edits.replace(start, start + len(name), made.room)
        elif isinstance(node, ast.Attribute) and program.key(node) in sockets:
            end = program.text.end(node)
            made.edits.replace(end - len(node.attr), end, made.room)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            keys = [(program.tree, name) for name in node.names]
            if any(key in sockets for key in keys):
                word = "global" if isinstance(node, ast.Global) else "nonlocal"
                names = [made.room if key in sockets else key[1] for key in keys]
                made.edits.replace_node(node, f"{word} {', '.join(dict.fromkeys(names))}")
        elif isinstance(node, ast.Call) and (function := program.callee(node.func)) is not None:
            _rename_keywords(made, node, function)


def _rename_keywords(made: Conversion, call: ast.Call, function: Function) -> None:
    for keyword in call.keywords:
        if keyword.arg and (function, keyword.arg) in made.flow.roles.sockets:
            start = made.program.text.start(keyword)
            made.edits.replace(start, start + len(keyword.arg), made.room)
