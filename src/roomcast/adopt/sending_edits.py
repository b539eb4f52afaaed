"""What was sent as text becomes `room.send("move", dx, dy)`."""

from __future__ import annotations

import ast
import re

from roomcast.adopt.connection_edits import repr_text
from roomcast.adopt.conversion import Conversion
from roomcast.adopt.handler_plan import FIRST
from roomcast.adopt.handler_writer import free_command
from roomcast.adopt.network_roles import SENDING
from roomcast.adopt.sent_messages import SentLine, Slot, sent_line, sent_text


def sent_lines(made: Conversion) -> dict[str, list[str]]:
    """By command: what the program that sends it calls the details. For the names of parameters."""
    names: dict[str, list[str]] = {}
    for call, sent in _sends(made):
        text = _set_just_before(made, call, sent)
        line = None if text is None else sent_line(text, made.program)
        if line is not None and line.command and line.command not in names:
            names[line.command] = [_name(word) for word in line.words[1:]]
    return names


def _name(word: list[str | Slot]) -> str:
    match word:
        case [Slot(node=ast.Name(id=name))]:
            return name
    return ""


def _sends(made: Conversion) -> list[tuple[ast.Call, ast.expr | None]]:
    """The calls that send, and the text that each sends."""
    program, roles = made.program, made.flow.roles
    found: list[tuple[ast.Call, ast.expr | None]] = []
    for node in program.nodes:
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr=method), args=[data]) if method in SENDING:
                if roles.is_socket(program, owner):
                    found.append((node, _text(made, data, stream=method == "write")))
    return found


def _text(made: Conversion, data: ast.expr, *, stream: bool) -> ast.expr | None:
    text = sent_text(data)
    if text is not None or not stream:
        return text
    return data  # a text stream


def sending(made: Conversion) -> None:
    """Replace all that sends."""
    program, edits = made.program, made.edits
    for call, text in _sends(made):
        owner = call.func.value if isinstance(call.func, ast.Attribute) else call.func
        room = edits.rendered(program.text.start(owner), program.text.end(owner))
        if isinstance(owner, ast.Call):  # server.makefile("w").write(…)
            room = room.partition(".makefile")[0]
        if not isinstance(program.parents[call], ast.Expr):
            made.doubt(call, "room.send gives nothing back")
        text = _set_just_before(made, call, text)
        line = None if text is None else sent_line(text, program)
        if text is None:
            made.doubt(call, "what is sent here is bytes: give room.send a command and its arguments")
        elif line is None or not _is_plain(line):
            source = _inner(made, text)
            made.edits.replace_node(call, f"{room}.send(*{source}.split())")
            made.changed(call, f"what is sent is split into words: {room}.send(*{source}.split())")
        else:
            arguments = ", ".join(_argument(made, line, place) for place in range(len(line.words)))
            made.edits.replace_node(call, f"{room}.send({arguments})")
            made.changed(call, f"{room}.send({arguments})")
    _printing(made)


def _set_just_before(made: Conversion, call: ast.Call, text: ast.expr | None) -> ast.expr | None:
    """Of `message = f"move {dx}"`, and `send(message.encode())` in the same block: what the message is set to."""
    value = made.program.set_once(text) if isinstance(text, ast.Name) else None
    if value is None or not isinstance(text, ast.Name):
        return text
    statement = made.program.statement(call)
    before = made.program.block(statement)[: made.program.block(statement).index(statement)]
    if not any(isinstance(one, ast.Assign) and one.value is value for one in before[-2:]):
        return text
    line = sent_line(value, made.program)
    if line is None or not _is_plain(line):
        return text
    made.unneeded.add(text.id)
    return value


def _printing(made: Conversion) -> None:
    """`print("move", dx, dy, file=stream)`."""
    program, roles = made.program, made.flow.roles
    for node in program.nodes:
        match node:
            case ast.Call(func=ast.Name(id="print"), args=args, keywords=keywords):
                named = {one.arg: one.value for one in keywords}
                stream = named.get("file")
                if stream is None or not roles.is_socket(program, stream):
                    continue
                if named.keys() - {"file", "flush"}:
                    made.doubt(node, "print has sep or end here: give room.send a command and its arguments")
                    continue
                words = sent_line(ast.Call(ast.Attribute(ast.Constant(" "), "join"), [ast.List(args)], []), program)
                if words is None or not _is_plain(words):
                    text = f'" ".join(map(str, [{", ".join(map(program.text.source, args))}]))'
                    arguments = f"*{text}.split()"
                else:
                    arguments = ", ".join(_argument(made, words, place) for place in range(len(words.words)))
                room = made.edits.rendered(program.text.start(stream), program.text.end(stream)).partition(".makefile")[
                    0
                ]
                made.edits.replace_node(node, f"{room}.send({arguments})")
                made.changed(node, f"{room}.send({arguments})")


def _is_plain(line: SentLine) -> bool:
    """Whether the command is said literally, or all words come from one list."""
    match line.words:
        case [[Slot(joined=True)]]:
            return True
    return bool(line.command)


def _inner(made: Conversion, text: ast.expr) -> str:
    """A text without the line end that is added to it, ready for `.split()`."""
    match text:
        case ast.BinOp(left=left, op=ast.Add(), right=ast.Constant(value="\n")):
            return _inner(made, left)
        case ast.JoinedStr(
            values=[ast.FormattedValue(value=value, conversion=-1, format_spec=None), ast.Constant("\n")]
        ):
            return ast.unparse(value)
    source = made.program.text.source(text)
    simple = isinstance(text, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.JoinedStr | ast.Constant)
    return source if simple else f"({source})"


def _argument(made: Conversion, line: SentLine, place: int) -> str:
    """One argument of `room.send`, as Python code."""
    word = line.words[place]
    plan = made.plans.get(line.command)
    match word:
        case [str() as text]:
            if plan is not None and plan.hint(place + 1) in ("int", "float") and re.fullmatch(r"-?\d{1,15}", text):
                return str(int(text))
            return repr_text(free_command(text) if place == 0 else text)
        case [Slot(joined=True) as slot]:
            return f"*{_source(made, slot)}"
        case [Slot(form="") as slot]:
            source, index = _source(made, slot), place + 1
            if place == 0 or plan is None:
                return source
            if plan.rest is not None and index >= plan.rest and place == len(line.words) - 1:
                return f"*{_as_text(made, slot.node, source)}.split()"
            return _as_text(made, slot.node, source) if index >= FIRST and plan.hint(index) == "str" else source
    parts = [part if isinstance(part, str) else part.form or f"{{{ast.unparse(part.node)}}}" for part in word]
    text = "".join(
        part.replace("{", "{{").replace("}", "}}")
        if isinstance(word[number], str)
        else part.removeprefix("f'").removesuffix("'")
        for number, part in enumerate(parts)
    )
    return f"f'{text}'" if '"' in text else f'f"{text}"'


def _as_text(made: Conversion, node: ast.expr, source: str) -> str:
    """The functions here take text: what may be a number is made one."""
    value = made.program.set_once(node) if isinstance(node, ast.Name) else None
    match value or node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return source
        case ast.Call(func=ast.Name(id="str" | "input")):
            return source
        case ast.Call(func=ast.Attribute(attr="strip" | "replace" | "lower" | "upper" | "join" | "format")):
            return source
    return f"str({source})"


def _source(made: Conversion, slot: Slot) -> str:
    """The code of a value. Of one in an f-string `ast` did not always know the place: it is written anew."""
    if (
        any(isinstance(one, ast.JoinedStr) for one in made.program.above(slot.node))
        or slot.node not in made.program.parents
    ):
        return ast.unparse(slot.node)
    return made.edits.rendered(made.program.text.start(slot.node), made.program.text.end(slot.node))
