"""Where the new functions stand, where they are registered, and what takes the place of the receiving."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from roomcast.adopt.conversion import Conversion
from roomcast.adopt.dispatch_chain import Chain
from roomcast.adopt.draining import Region
from roomcast.adopt.handler_plan import CannotTell
from roomcast.adopt.handler_writer import STEP, Handler
from roomcast.adopt.program_names import Function, Scope
from roomcast.adopt.program_text import reindented


@dataclass
class Place:
    """`node`: the statement before which the functions stand. `nested`: they see the variables of what is around it."""

    node: ast.stmt
    nested: bool
    method: bool
    room: str
    outer: str = ""  # "global" or "nonlocal", where they set variables of the code around them


def place_for(made: Conversion, chain: Chain, region: Region) -> Place:
    """Raises `CannotTell`."""
    program = made.program
    scope = program.scope(chain.statements[0])
    functions = [one.node for one in chain.branches if isinstance(one.node, Function)]
    if functions:
        last = max(functions, key=lambda one: one.lineno)
        return _sibling(made, last)
    home = program.scope(region.first)
    if scope is home and (isinstance(scope, ast.Module) or _has_loop(made, region)):
        loops = [one for one in program.above(region.first) if isinstance(one, ast.While | ast.For)]
        loops = [one for one in loops if program.scope(one) is scope]
        node: ast.stmt = loops[-1] if loops else region.first
        room = made.visible_room(scope)
        if not room:
            raise CannotTell("the room is not known where the commands are")
        return Place(node, True, False, room, "global" if isinstance(scope, ast.Module) else "nonlocal")
    if not isinstance(scope, Function):
        raise CannotTell("the commands are in a lambda")
    return _sibling(made, scope)


def _has_loop(made: Conversion, region: Region) -> bool:
    """Whether the game's own loop is around the region, or the region is that loop."""
    program = made.program
    scope = program.scope(region.first)
    around = [
        one
        for one in program.above(region.first)
        if isinstance(one, ast.While | ast.For) and program.scope(one) is scope
    ]
    return bool(around) or (waits(made, region) and not program.class_of(scope) and _is_called_once(made, scope))


def _is_called_once(made: Conversion, scope: Scope) -> bool:
    return not any(scope is made.program.callee(one.func) for one in made.flow.calls.values())


def _sibling(made: Conversion, function: Function) -> Place:
    program = made.program
    method = program.class_of(function) is not None
    outer = program.scope(function)
    room = ""
    if method:
        own = {(".", name) for key, name in made.flow.roles.sockets if key == "."}
        used = {program.key(one) for one in ast.walk(program.parents[function]) if isinstance(one, ast.Attribute)}
        room = f"self.{made.room}" if own & used else ""
    room = room or made.visible_room(outer)
    if not room or (room != made.room and not method):
        raise CannotTell("the room is not known where the commands are")
    return Place(function, False, method, room)


def put_handlers(
    made: Conversion,
    region: Region,
    place: Place,
    handlers: list[Handler],
    *,
    direct: bool,
    thread: ast.Call | None,
    reader: Function | ast.Module,
) -> None:
    """Write the functions, register them, and pump where lines were received."""
    edits, text = made.edits, made.program.text
    indent = text.indent(place.node)
    registered = _registration(made, place)
    whole = [one for one in [*region.found.functions] if one is not place.node]
    gap = "\n\n" if not indent else "\n"
    pieces = []
    for one in handlers:
        decorators = "" if registered is not None else "".join(f"@{line}\n" for line in one.registered)
        pieces.append(reindented(one.above + decorators + one.code, indent))
    code = f"{gap}".join(pieces)
    tables = _remove_table(made, region)
    gone = set(region.found.functions) | tables
    start = text.comments_above(text.lines(place.node)[0])
    if place.node in gone:
        edits.replace(start, text.line_end(text.end(place.node)), code)
    else:
        above = text.text[:start].rstrip(" \t")
        before = "" if not above or above.endswith("\n\n") else gap
        edits.insert(start, before + code + gap)
    for function in [*whole, *(one for one in tables if one is not place.node)]:
        first, last = text.lines(function)
        last = _past_blank_lines(made, last)
        edits.replace(text.comments_above(first), last, "")
    if registered is not None:
        at, depth = registered
        lines = [f"{depth}{line}({_owner(place)}{one.name})\n" for one in handlers for line in one.registered]
        edits.insert(at, "".join(lines))
    _pump(made, region, direct=direct, thread=thread, reader=reader)


def _past_blank_lines(made: Conversion, end: int) -> int:
    text = made.program.text
    while end < len(text.text) and not text.text[end : text.line_end(end)].strip():
        end = text.line_end(end)
    return end


def _owner(place: Place) -> str:
    return "self." if place.method else ""


def _remove_table(made: Conversion, region: Region) -> set[Function]:
    """Functions of a dict that were replaced, and the dict."""
    chain = made.flow.chains[0]
    functions = {one.function for one in chain.branches if one.function is not None}
    listed = {one.node for one in chain.branches if isinstance(one.node, Function)}
    if listed:
        for node in made.program.nodes:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
                named = [made.program.callee(value) for value in node.value.values]
                if named and all(one in listed for one in named):
                    made.edits.remove_lines(node)
    return functions


def _registration(made: Conversion, place: Place) -> tuple[int, str] | None:
    """Where the functions are registered by calls, and how deep; None: by decorators, the room is there before them."""
    program, text = made.program, made.program.text
    if place.method:
        statement = _attribute_made(made, place)
        return text.line_end(text.end(statement)), text.indent(statement)
    if place.nested:
        return None
    joining = _room_made(made)
    if joining is None:
        raise CannotTell("it is not clear where the room is made")
    if program.scope(joining) is program.scope(place.node) and joining.lineno < place.node.lineno:
        return None
    return text.line_end(text.end(joining)), text.indent(joining)


def _attribute_made(made: Conversion, place: Place) -> ast.stmt:
    """The statement of the class after which its object has the room."""
    program, roles = made.program, made.flow.roles
    owner = program.class_of(place.node)
    assert owner is not None
    connected = [program.statement(one) for one in roles.connected]
    for node in ast.walk(owner):
        if isinstance(node, ast.Assign) and not any(call in ast.walk(node) for call in roles.made):
            targets = [one for one in node.targets if isinstance(one, ast.Attribute)]
            if any(program.key(one) in roles.sockets for one in targets):
                return node
    for statement in connected:
        if statement in ast.walk(owner):
            return statement
    for node in owner.body:
        if isinstance(node, Function) and node.name == "__init__":
            return node.body[0]
    raise CannotTell("the class has no place at which its functions could be registered")


def _room_made(made: Conversion) -> ast.stmt | None:
    statements = [made.program.statement(one) for one in made.flow.roles.connected]
    if len(statements) != 1 or isinstance(statements[0], ast.With | ast.Return):
        found = [
            one
            for one in made.program.nodes
            if isinstance(one, ast.Assign)
            and any(made.program.key(target) in made.flow.roles.sockets for target in one.targets)
        ]
        return found[0] if len(found) == 1 else None
    return statements[0]


# ---------------------------------------------------------------------- pumping


def waits(made: Conversion, region: Region) -> bool:
    """Whether the region waits for what comes, and goes on until the end."""
    program, flow = made.program, made.flow
    settings = [
        one
        for one in program.nodes
        if isinstance(one, ast.Call)
        and isinstance(one.func, ast.Attribute)
        and one.func.attr in ("setblocking", "settimeout")
    ]
    if any(
        one.args and program.constant(one.args[0]) in (False, 0, 0.0) and program.constant(one.args[0]) is not None
        for one in settings
    ):
        return False
    if "select" in program.identifiers or not isinstance(
        region.first, ast.While | ast.For | ast.Try | ast.Assign | ast.With
    ):
        return False
    block = [part for one in _statements(made, region) for part in ast.walk(one)]
    gets = [one for one in flow.gets if one in block]
    if gets:
        endless = any(isinstance(one, ast.While) and isinstance(one.test, ast.Constant) for one in block)
        quick = any(
            not isinstance(one, ast.Call) or one.args or one.keywords
            or (isinstance(one.func, ast.Attribute) and one.func.attr != "get")
            for one in gets
        )  # fmt: skip
        return endless and not quick
    return any(isinstance(one, ast.While | ast.For) for one in block)


def _statements(made: Conversion, region: Region) -> list[ast.stmt]:
    block = made.program.block(region.first)
    return block[block.index(region.first) : block.index(region.last) + 1]


def _pump(
    made: Conversion, region: Region, *, direct: bool, thread: ast.Call | None, reader: Function | ast.Module
) -> None:
    program, edits, text = made.program, made.edits, made.program.text
    scope = program.scope(region.first)
    window = _window_loop(made)
    if direct and thread is not None and window is not None and _room_made(made) is not None:
        loop, name = window
        at = text.line_start(text.start(loop))
        edits.insert(at, f"{text.indent(loop)}{made.visible_room(program.scope(loop)) or made.room}.attach({name})\n")
        made.edits_thread = True
        made.changed(loop, f"Tk runs what has arrived: {made.room}.attach({name})")
        if isinstance(reader, Function):
            start, end = text.lines(reader)
            edits.replace(text.comments_above(start), _past_blank_lines(made, end), "")
        return
    room = made.visible_room(scope)
    if not room:
        raise CannotTell("the room is not known where lines are received")
    start, end = text.lines(region.first, region.last)
    indent = text.indent(region.first)
    if waits(made, region):
        pump = f"{indent}while not {room}.closed:\n{indent}{STEP}{room}.pump(wait=1)\n"
    elif (attached := _clock(made, region, room)) is not None:
        function, call, name = attached
        made.changed(function, f"Tk runs what has arrived: {room}.attach({name})")
        edits.replace_node(call, f"{made.visible_room(program.scope(call)) or room}.attach({name})")
        first, last = text.lines(function)
        edits.replace(text.comments_above(first), _past_blank_lines(made, last), "")
        return
    else:
        pump = f"{indent}{room}.pump()\n"
    made.changed(region.first, f"what took lines out and dispatched them is {room}.pump()")
    edits.replace(text.comments_above(start), end, pump)


def _window_loop(made: Conversion) -> tuple[ast.stmt, str] | None:
    """`window.mainloop()`: the statement, and the window."""
    for node in made.program.nodes:
        match node:
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=window, attr="mainloop"))):
                if "tkinter" in made.program.identifiers or "Tk" in made.program.identifiers:
                    return node, made.program.text.source(window)
    return None


def _clock(made: Conversion, region: Region, room: str) -> tuple[Function, ast.Call, str] | None:
    """A function that only does the region, again and again by `window.after`: it, its first call, the window."""
    program = made.program
    function = program.scope(region.first)
    if not isinstance(function, Function) or program.block(region.first) is not function.body:
        return None
    done = _statements(made, region)
    others = [
        one for one in function.body if one not in done and not isinstance(one, ast.Global) and not _is_docstring(one)
    ]
    match others:
        case [ast.Expr(value=ast.Call(func=ast.Attribute(value=window, attr="after"), args=[_, target]))]:
            if program.callee(target) is not function:
                return None
            name = program.text.source(window)
        case _:
            return None
    outside = [
        one
        for one in program.nodes
        if isinstance(one, ast.Call) and program.scope(one) is not function
        and (program.callee(one.func) is function or (_is_after(one) and program.callee(one.args[1]) is function))
    ]  # fmt: skip
    named = [one for one in program.nodes if getattr(one, "id", getattr(one, "attr", "")) == function.name]
    if len(outside) == 1 and len(named) == 2 and isinstance(program.parents[outside[0]], ast.Expr):
        return function, outside[0], name
    return None


def _is_after(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "after" and len(call.args) == 2


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
