"""The dispatch becomes functions of the room, and what took lines out of the queue becomes `room.pump()`."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from roomcast.adopt.conversion import Conversion
from roomcast.adopt.dispatch_chain import Branch, Chain
from roomcast.adopt.draining import Absorber, Region, find_region
from roomcast.adopt.handler_plan import FIRST, CannotTell, Plan, other_names, plan_branch
from roomcast.adopt.handler_writer import SERVER_WORDS, Handler, HandlerWriter, free_command
from roomcast.adopt.network_roles import is_receiving, receivers, thread_target
from roomcast.adopt.placing import Place, place_for, put_handlers
from roomcast.adopt.program_names import Function, Program
from roomcast.adopt.received_values import item
from roomcast.adopt.sending_edits import sent_lines

_OWN = ("newPlayer", "myIDis")  # the server's words


@dataclass
class Reading:
    """Where a program takes lines from: the region, and the function that reads from the socket."""

    region: Region
    reader: Function | ast.Module
    thread: ast.Call | None  # that runs the reader
    direct: bool  # the region is in the reader itself: there is no queue


def the_chain(made: Conversion) -> Chain:
    """The one dispatch of the program. Raises `CannotTell`."""
    chains = made.flow.chains
    if made.flow.changed:
        raise CannotTell("the list of a line's words is changed while it is used")
    if not chains:
        raise CannotTell("no place was found where the program compares a line's first word with its commands")
    if len(chains) > 1:
        raise CannotTell("there are several places that compare a line's first word with commands")
    return chains[0]


def find_reading(made: Conversion, chain: Chain) -> Reading:
    """Raises `CannotTell`."""
    program, flow = made.program, made.flow
    found = receivers(program, flow.roles)
    if len(found) != 1:
        raise CannotTell("several functions read from the socket" if found else "nothing reads from the socket")
    reader = found[0]
    thread = next((one for one in flow.roles.threads if _runs(program, one, reader)), None)
    direct = not flow.puts
    if direct:
        seeds: list[ast.AST] = [
            one
            for one in ast.walk(reader)
            if program.scope(one) is reader and (is_receiving(program, flow.roles, one) or _calls_source(made, one))
        ]
    else:
        seeds = [one for one in flow.gets if program.scope(one) is not reader]
    if not seeds:
        raise CannotTell("nothing takes the lines out of the queue")
    region = find_region(flow, seeds[0], reading=direct)
    if region is None or not all(region.holds(one) for one in seeds if program.scope(one) is program.scope(seeds[0])):
        raise CannotTell("between receiving a line and deciding what to do with it the program does something else")
    called = {part for one in region.found.functions for part in ast.walk(one)}
    if not all(region.holds(one) or one in called for one in chain.statements):
        raise CannotTell("the commands are compared in another place than where lines are received")
    return Reading(region, reader, thread, direct)


def _calls_source(made: Conversion, node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and made.program.callee(node.func) in made.flow.roles.sources


def _runs(program: Program, thread: ast.Call, reader: ast.AST) -> bool:
    target, _ = thread_target(thread)
    return target is not None and program.callee(target) is reader


def receiving(made: Conversion) -> None:
    """Raises `CannotTell` where the dispatch has to stay as it is; edits are made already then."""
    program, flow = made.program, made.flow
    chain = the_chain(made)
    reading = find_reading(made, chain)
    found = reading.region.found
    if reading.direct:
        _take_ends(made, reading)
    elif isinstance(reading.reader, Function):
        absorber = Absorber(flow, reading=True)
        for one in reading.reader.body:
            if not absorber.takes(one):
                absorber.take_rest([one])
        found.ends += absorber.found.ends
        found.causes |= absorber.found.causes
    place = place_for(made, chain, reading.region)
    names = sent_lines(made)
    extra: list[ast.AST] = list(found.before)
    plans: list[tuple[Branch, Plan]] = []
    for branch in chain.branches:
        if not branch.commands:
            _drop_others(made, branch)
            continue
        own = {key: value for key, value in chain.values.items() if key not in branch.captured}
        plan = plan_branch(flow, branch, own, extra, names.get(branch.commands[0], []))
        scope = branch.function or program.scope(branch.node)
        own_object = {"self"} if place.method else set()
        used = other_names(flow, branch, plan, scope) - _stored_only(program, branch) - own_object
        if not place.nested and used:
            raise CannotTell(
                f"the branch of {branch.commands[0]} uses {', '.join(sorted(used))} of the function around it"
            )
        plans.append((branch, plan))
        made.plans |= dict.fromkeys(branch.commands, plan)
    alternatives = _alternatives(chain, plans)
    _write(made, chain, reading, place, plans, alternatives)


def _alternatives(chain: Chain, plans: list[tuple[Branch, Plan]]) -> dict[str, list[tuple[Branch, Plan]]]:
    """Commands that have several branches. Their plans become one. Raises `CannotTell`."""
    found: dict[str, list[tuple[Branch, Plan]]] = {}
    for branch, plan in plans:
        for command in branch.commands:
            found.setdefault(command, []).append((branch, plan))
        same = [(one, each) for one, each in plans if set(one.commands) & set(branch.commands) and one is not branch]
        for one, other in same:
            shared = set(plan.names) & set(other.names)
            alike = (plan.raw, plan.rest) == (other.raw, other.rest) and not (plan.raw or one.function)
            agree = all(plan.names[at] == other.names[at] for at in shared)
            hints = [{plan.hints.get(at, ""), other.hints.get(at, "")} - {""} for at in shared]
            agree = agree and all(len(each) < 2 for each in hints)
            if len(one.commands) > 1 or one.commands[0] in _OWN or not (alike and agree):
                raise CannotTell(f"{one.commands[0]} has several branches")
            plan.names |= other.names
            plan.hints |= other.hints
    return {command: branches for command, branches in found.items() if len(branches) > 1}


def _stored_only(program: Program, branch: Branch) -> set[str]:
    """Names that the branch itself sets before it uses them: they can be the new function's own."""
    inside = {part for one in branch.body for part in ast.walk(one)}
    names: set[str] = set()
    for one in inside:
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            scope = program.scope(one)
            outside = [
                each
                for each in ast.walk(scope)
                if isinstance(each, ast.Name)
                and each.id == one.id
                and each not in inside
                and isinstance(each.ctx, ast.Load)
            ]
            if not outside or isinstance(program.parents[branch.node], ast.AST):
                names.add(one.id)
    return names


def _take_ends(made: Conversion, reading: Reading) -> None:
    """In a thread's function, what follows the reading is done when the connection has ended."""
    if reading.thread is None or not isinstance(reading.reader, Function):
        return
    body = reading.reader.body
    if reading.region.last in body:
        absorber = Absorber(made.flow, reading=True)
        absorber.take_rest(body[body.index(reading.region.last) + 1 :])
        reading.region.found.ends += absorber.found.ends
        reading.region.found.causes |= absorber.found.causes


def _drop_others(made: Conversion, branch: Branch) -> None:
    words = [one for one in branch.body if not isinstance(one, ast.Pass | ast.Continue)]
    prints = all(isinstance(one, ast.Expr) and "print" in made.program.text.source(one) for one in words)
    if words and not prints:
        raise CannotTell("there is an else for all other commands, which does something")
    if words:
        made.changed(branch.body[0], "unknown commands: Roomcast warns of them by itself (the hint unknown-command)")


def _write(
    made: Conversion,
    chain: Chain,
    reading: Reading,
    place: Place,
    plans: list[tuple[Branch, Plan]],
    alternatives: dict[str, list[tuple[Branch, Plan]]],
) -> None:
    sent = set(sent_lines(made))
    own_words = set(made.flow.own_words.values())
    writer = HandlerWriter(
        made.flow, made.edits, chain, reading.region.found, place.room, place.method, place.outer,
        made.program.scope(chain.statements[0]),
    )  # fmt: skip
    handlers: list[Handler] = []
    joins: dict[str, tuple[Branch, Plan]] = {}
    ends: list[tuple[Branch, Plan]] = []
    for branch, plan in plans:
        word = branch.commands[0]
        others = alternatives.get(word, [(branch, plan)])
        if branch is not others[0][0]:
            continue
        if word in _OWN:
            joins |= dict.fromkeys(branch.commands, (branch, plan))
        elif word in own_words or (event := SERVER_WORDS.get(word) if word not in sent else None) == "closed":
            ends.append((branch, plan))
        elif event == "leave":
            handlers.append(writer.leave(branch, plan))
            made.changed(branch.node, f"{word}: Roomcast says who has left by the event leave")
        elif event == "join" and "newPlayer" not in chain.commands:
            joins["newPlayer"] = (branch, plan)
            made.changed(branch.node, f"{word}: Roomcast says who has come by the event join")
        else:
            above = ""
            for taken in [one for one in branch.commands if free_command(one) != one]:
                text = (
                    f"{taken} is the name of an event on Roomcast, so the command is called {free_command(taken)} now"
                )
                above += made.doubt_of(branch.node, f"{text}: adopt all programs that say it")
            handlers.append(writer.command(others))
            handlers[-1].above = above + handlers[-1].above
            made.changed(branch.node, f"the branch of {' and '.join(branch.commands)} is a function of the room")
    statements = [one for one in reading.region.found.ends if not _puts(made, one)]
    if joins:
        missing = {word: _missing(made, *joins[word]) for word in joins}
        handlers.insert(0, writer.join(joins.get("newPlayer"), joins.get("myIDis"), missing))
        made.changed(
            next(iter(joins.values()))[0].node, "newPlayer and myIDis are the event join: for others, for oneself"
        )
    if ends or statements:
        handlers.append(writer.closed(ends, statements))
    if not handlers:
        raise CannotTell("there is nothing that the program does for a command")
    put_handlers(
        made, reading.region, place, handlers, direct=reading.direct, thread=reading.thread, reader=reading.reader
    )
    _remove_reader(made, reading)


def _takes_details(branch: Branch, plan: Plan) -> bool:
    """Whether a branch takes a word behind the id out of a list of words."""
    for node in [part for one in branch.body for part in ast.walk(one)]:
        match node:
            case ast.Subscript(value=ast.Name(id=name), slice=place) if name in plan.first_lines:
                value = item(plan.first_lines[name], place)
                if value is None or value.index >= FIRST or value.kind == "words":
                    return True
    return False


def _missing(made: Conversion, branch: Branch, plan: Plan) -> str:
    """What an old server said in its greeting beyond the id: variables that somebody has to give a value."""
    details = {name: plan.hint(at) for at, name in plan.names.items()}
    if not details and not (plan.raw and _takes_details(branch, plan)):
        return ""
    names = ", ".join(details) or "more than the id"
    text = f"the old server said {names} here, and a room says who comes only: choose that in another way"
    values = {"int": "0", "float": "0.0"}
    lines = [f"{name} = {values.get(hint, repr(''))}\n" for name, hint in details.items()]
    return made.doubt_of(branch.node, text) + "".join(lines)


def _puts(made: Conversion, statement: ast.stmt) -> bool:
    return any(one in made.flow.own_words for one in ast.walk(statement))


def _remove_reader(made: Conversion, reading: Reading) -> None:
    """The thread that read, its function, and the functions that gave it lines."""
    for source in made.flow.roles.sources:
        if isinstance(source, Function):
            _remove_function(made, source)
    if isinstance(reading.reader, Function) and not reading.direct:
        _remove_function(made, reading.reader)
    made.unneeded |= made.flow.queue_names() | made.flow.buffers
    if isinstance(reading.reader, Function) and not reading.direct:
        _remove_thread_class(made, reading.reader)
    if reading.thread is None or (reading.direct and not made.edits_thread):
        return
    _remove_thread(made, reading.thread)


def _remove_thread_class(made: Conversion, reader: Function) -> None:
    """`class Receiver(Thread)` with the reader as its `run`, and what makes and starts it."""
    owner = made.program.class_of(reader)
    if owner is None or not any("Thread" in ast.unparse(one) for one in owner.bases):
        return
    if any(isinstance(one, Function) and one.name not in ("__init__", "run") for one in owner.body):
        raise CannotTell(f"the thread's class {owner.name} does something else, too")
    _remove_function(made, owner)
    for node in made.program.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == owner.name:
            _remove_thread(made, node)


def _remove_thread(made: Conversion, thread: ast.Call) -> None:
    """The statement that makes a thread, and those that are about it."""
    program, edits = made.program, made.edits
    statement = program.statement(thread)
    made.changed(statement, "no thread: the network has one of its own, inside Roomcast")
    match statement:
        case ast.Assign(targets=[target]) if statement.value is thread:
            key = program.key(target)
            for use in [one for one in program.uses(key) if one is not target] if key is not None else []:
                outer = program.statement(use)
                if isinstance(outer, ast.Expr | ast.Assign) and program.text.stands_alone(outer):
                    edits.remove_lines(outer)
    edits.remove_lines(statement)


def _remove_function(made: Conversion, function: Function | ast.ClassDef) -> None:
    """With its lines, and the blank lines after it."""
    text = made.program.text
    start, end = text.lines(function)
    end = max(end, text.line_end(text.end(function)))
    while end < len(text.text) and not text.text[end : text.line_end(end)].strip():
        end = text.line_end(end)
    made.edits.replace(text.comments_above(start), end, "")
