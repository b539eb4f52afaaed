"""Where the dispatch cannot be taken apart it stays, and the room gives it the lines that the socket gave it."""

from __future__ import annotations

import ast

from roomcast.adopt.conversion import Conversion
from roomcast.adopt.draining import Absorber
from roomcast.adopt.handler_plan import CannotTell
from roomcast.adopt.handler_writer import STEP, free_command
from roomcast.adopt.network_roles import receivers
from roomcast.adopt.program_names import Function
from roomcast.adopt.program_text import reindented
from roomcast.adopt.sending_edits import sent_lines

_OWN = frozenset({"newPlayer", "myIDis"})


def keep_dispatch(made: Conversion, why: str) -> None:
    """Replace the function that reads from the socket. Raises `CannotTell` where it does more than that."""
    program, flow, text = made.program, made.flow, made.program.text
    found = receivers(program, flow.roles)
    readers = [one for one in found if isinstance(one, Function)]
    if len(found) != 1 or not readers:
        raise CannotTell(why)
    reader = readers[0]
    inside = set(ast.walk(reader))
    takers = [one for one in [*flow.puts, *flow.calls.values()] if one in inside]
    if len(takers) != 1 or not takers[0].args:
        raise CannotTell(why)
    absorber = Absorber(flow, reading=True)
    ends = [one for one in reader.body if not absorber.takes(one)]
    absorber.take_rest(ends)
    own = [program.statement(one) for one in flow.own_words if one in inside]
    others = [one for one in ends if any(part is takers[0] for part in ast.walk(one))]
    commands = _commands(made)
    if others or not commands:
        raise CannotTell(why)
    room = made.visible_room(reader)
    if not room:
        raise CannotTell("the room is not known where lines are received")
    code = _reader_code(made, takers[0], room, commands, [*absorber.found.ends, *own], absorber.found.causes)
    first, last = reader.body[0], reader.body[-1]
    indent = text.indent(first)
    if ast.get_docstring(reader) is not None and len(reader.body) > 1:
        first, code = reader.body[1], f"\n{code}"
    start, end = text.lines(first, last)
    made.edits.replace(text.comments_above(start), end, reindented(code, indent))
    made.changed(reader, f"{reader.name} gives the program the lines that the old server sent; its thread stays")
    made.doubt(reader, f"the commands could not be made functions of the room: {why}")
    for source in flow.roles.sources:
        if isinstance(source, Function):
            made.edits.remove_lines(source)


def _commands(made: Conversion) -> list[str]:
    """Those that the program compares with, or sends."""
    known = [command for chain in made.flow.chains for command in chain.commands]
    if not known:
        known = [
            one.value
            for node in made.program.nodes
            if isinstance(node, ast.Compare | ast.Dict | ast.MatchValue)
            for one in ast.walk(node)
            if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value.isidentifier()
        ]
    own = _OWN | set(made.flow.own_words.values())
    commands = [one for one in dict.fromkeys([*known, *sent_lines(made)]) if one not in own and " " not in one]
    return [one for one in commands if free_command(one) == one]


def _reader_code(
    made: Conversion, taker: ast.Call, room: str, commands: list[str], ends: list[ast.stmt], causes: set[str]
) -> str:
    called = made.edits.rendered(made.program.text.start(taker.func), made.program.text.end(taker.func))
    value = made.flow.puts.get(taker)
    split = ".split()" if value is not None and value.kind == "words" else ""
    listed = ", ".join(f'"{one}"' for one in commands)
    line = f'" ".join([command, player.id, *map(str, details)]){split}'
    greeting = [f'{called}(f"{word} {{player.id}}"{split})' for word in ("myIDis", "newPlayer")]
    lines = [
        f'@{room}.on("join")',
        "def on_join(player):",
        f"{STEP}if player == {room}.me:",
        f"{STEP}{STEP}{greeting[0]}",
        f"{STEP}else:",
        f"{STEP}{STEP}{greeting[1]}",
        "",
        "def listen_to(command):",
        f"{STEP}@{room}.command(command)",
        f"{STEP}def on_command(player, *details):",
        f"{STEP}{STEP}if player != {room}.me:  # what we do ourselves is done already",
        f"{STEP}{STEP}{STEP}{called}({line})",
        "",
        f"for command in [{listed}]:",
        f"{STEP}listen_to(command)",
        f"while not {room}.closed:",
        f"{STEP}{room}.pump(wait=1)",
    ]
    code = "\n".join(lines) + "\n"
    code += "".join(f'{name} = "the room is closed"\n' for name in sorted(causes))
    for one in ends:
        start, end = made.program.text.lines(one)
        code += reindented(made.edits.rendered(start, end), "")
    return code
