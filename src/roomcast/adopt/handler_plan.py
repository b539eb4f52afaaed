"""What the function of one command takes: which details of the line, under which names, as numbers or text."""

from __future__ import annotations

import ast
import builtins
import sys
from dataclasses import dataclass, field

from roomcast.adopt.dispatch_chain import Branch
from roomcast.adopt.message_flow import Flow
from roomcast.adopt.program_names import Key, Scope
from roomcast.adopt.received_values import Environment, Received

_PLACES_IN_F_STRINGS = sys.version_info >= (3, 12)  # before, `ast` gives wrong ones
_BUILTINS = frozenset(dir(builtins))
FIRST = 2  # the word at which a command's arguments begin


class CannotTell(Exception):
    """Why a part of the program cannot be turned into functions of a room, as a clause."""


@dataclass
class Use:
    """A place where a branch uses a part of what was received."""

    node: ast.expr
    value: Received


@dataclass
class Plan:
    """How a branch becomes a function. `raw`: it takes all details as text, and makes the old variables of them."""

    raw: bool = False
    names: dict[int, str] = field(default_factory=dict)  # by the word's place in the line
    hints: dict[int, str] = field(default_factory=dict)
    rest: int | None = None  # from this word on, all in one parameter
    dropped: list[ast.stmt] = field(default_factory=list)  # statements that only take the line apart
    replaced: dict[ast.expr, Received] = field(default_factory=dict)
    first_lines: dict[str, Received] = field(default_factory=dict)  # variables that must be made at the beginning

    def hint(self, place: int) -> str:
        """As what the function takes the word at that place: "int", "float", "str"; "" where it is not used."""
        return "str" if self.raw or (self.rest is not None and place >= self.rest) else self.hints.get(place, "")


def plan_branch(
    flow: Flow, branch: Branch, values: Environment, extra: list[ast.AST], argument_names: list[str]
) -> Plan:
    """`extra`: other nodes that will stand in the function. `argument_names`: what the sender calls the details.

    Raises `CannotTell`.
    """
    if branch.called:
        return _plan_of_call(branch)
    program = flow.program
    known = values | branch.captured
    dropped: list[ast.stmt] = []
    for statement in branch.body:
        if _only_takes_apart(flow, statement, known) and _are_own(flow, statement):
            flow.bind(statement.targets[0], statement.value, known)  # type: ignore[attr-defined]
            dropped.append(statement)
    kept: list[ast.AST] = [one for one in branch.body if one not in dropped]
    guards = [one for one in branch.guards if not counts_words(one)]
    uses = [use for node in [*kept, *guards, *extra] for use in _uses(flow, node, known)]
    try:
        plan = _neat(flow, branch, uses, known, argument_names)
        plan.dropped = dropped
    except CannotTell:
        if len(branch.commands) > 1:
            raise CannotTell(f"the branch of {' and '.join(branch.commands)} uses the line itself") from None
        plan = Plan(raw=True)
        own = values | branch.captured
        for node in [*guards, *extra, *branch.body]:
            names = [one for one in ast.walk(node) if isinstance(one, ast.Name)]
            for name in names:
                if isinstance(name.ctx, ast.Load) and (key := program.key(name)) in own:
                    plan.first_lines[name.id] = own[key]
            for name in names:
                if isinstance(name.ctx, ast.Store):
                    own.pop(program.key(name), None)
            if any(isinstance(one, ast.Attribute) and program.key(one) in own for one in ast.walk(node)):
                raise CannotTell("what was received is kept in an attribute") from None
    return plan


def _plan_of_call(branch: Branch) -> Plan:
    """The function stays, and is called with what it was called with."""
    plan = Plan()
    for (_, name), value in branch.captured.items():
        if value.kind == "words" and value.index >= FIRST:
            plan.rest = value.index
            plan.names[value.index] = name
        elif value.kind == "word" and value.index >= FIRST:
            plan.names[value.index] = name
            plan.hints[value.index] = "str"
        elif value.index != 1 or value.kind != "word":
            raise CannotTell(f"{branch.called} takes the line itself")
    return plan


def counts_words(test: ast.expr) -> bool:
    """`len(words) == 4`: the room checks the arguments by itself."""
    match test:
        case ast.Compare(left=ast.Call(func=ast.Name(id="len"))):
            return True
    return False


def _only_takes_apart(flow: Flow, statement: ast.stmt, known: Environment) -> bool:
    """Whether a statement does nothing but give names to parts of the line."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return False
    targets = statement.targets[0]
    names = targets.elts if isinstance(targets, ast.Tuple | ast.List) else [targets]
    names = [one.value if isinstance(one, ast.Starred) else one for one in names]
    if not all(isinstance(one, ast.Name) for one in names):
        return False
    trial = known.copy()
    flow.bind(targets, statement.value, trial)
    return flow.program.text.stands_alone(statement) and all(flow.program.key(one) in trial for one in names)


def _are_own(flow: Flow, statement: ast.stmt) -> bool:
    """Whether the names that a statement sets are used in the dispatch alone."""
    program = flow.program
    inside = {part for chain in flow.chains for one in chain.statements for part in ast.walk(one)}
    inside |= {
        part for chain in flow.chains for one in chain.branches if one.function for part in ast.walk(one.function)
    }
    keys = {
        program.key(one) for one in ast.walk(statement) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
    }
    return not any(
        isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load) and one not in inside and program.key(one) in keys
        for one in program.nodes
    )


def _uses(flow: Flow, node: ast.AST, known: Environment) -> list[Use]:
    """The largest expressions in a node that are parts of what was received."""
    if isinstance(node, ast.expr) and not isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
        value = flow.value(node, known.copy())
        if value is not None:
            if isinstance(node, ast.Call) and _is_join(node):
                return _uses(flow, node.args[0], known)
            return [Use(node, value)]
    if isinstance(node, ast.Name) and flow.program.key(node) in known:
        return [Use(node, Received("line"))]  # it gets another value here
    return [use for child in ast.iter_child_nodes(node) for use in _uses(flow, child, known)]


def _is_join(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr == "join"


def _neat(flow: Flow, branch: Branch, uses: list[Use], known: Environment, argument_names: list[str]) -> Plan:
    plan = Plan()
    names: dict[int, str] = {}
    for (_, name), value in _named(known):
        if value.kind == "word" and value.index >= FIRST and name != "_" and not _in_values_only(known, name, value):
            names.setdefault(value.index, name)
    for use in uses:
        value = use.value
        in_f_string = not _PLACES_IN_F_STRINGS and any(
            isinstance(one, ast.JoinedStr) for one in flow.program.above(use.node)
        )
        name = use.node.id if isinstance(use.node, ast.Name) else ""
        if value.kind in ("words", "text") and value.index >= FIRST and not value.convert:
            if plan.rest not in (None, value.index) or (in_f_string and value.kind == "words"):
                raise CannotTell("several rests")
            plan.rest = value.index
            if value.kind == "text" or (in_f_string and not name):
                if not name:
                    raise CannotTell("a text without a name")
                plan.first_lines[name] = value
            else:
                plan.replaced[use.node] = value
        elif value.index == 1 and not value.convert and (value.kind == "word" or _is_id(branch, value)):
            if in_f_string and name:
                plan.first_lines[name] = value
            elif in_f_string:
                raise CannotTell("places in f-strings are not known")
            else:
                plan.replaced[use.node] = value
        elif value.kind == "word" and value.index >= FIRST:
            if in_f_string and names.get(value.index) != name:
                raise CannotTell("places in f-strings are not known")
            before = plan.hints.setdefault(value.index, value.convert or "str")
            if before != (value.convert or "str"):
                raise CannotTell("used as text and as a number")
            if not in_f_string:
                plan.replaced[use.node] = value
        else:
            raise CannotTell("the line itself is used")
    for node in list(plan.replaced):
        if isinstance(node, ast.Name) and node.id in plan.first_lines:
            del plan.replaced[node]
    for place, convert in _named_hints(known, names):
        plan.hints.setdefault(place, convert)
    top = max([*plan.hints, *names, FIRST - 1 + len(argument_names)])  # what is sent has to be taken
    if plan.rest is not None:
        top = min(top, plan.rest - 1) if top >= plan.rest else plan.rest - 1
        if any(place >= plan.rest for place in [*plan.hints]):
            raise CannotTell("words of the rest are used alone")
        plan.names[plan.rest] = next(
            (name for (_, name), value in _named(known) if value == Received("words", plan.rest)), "words"
        )
    for place in range(FIRST, top + 1):
        sent = argument_names[place - FIRST] if place - FIRST < len(argument_names) else ""
        plan.names[place] = names.get(place) or sent or f"detail{place - FIRST + 1}"
    _check_names(flow, branch, plan)
    return plan


def _is_id(branch: Branch, value: Received) -> bool:
    """The greeting has no words but an id."""
    return value.kind == "text" and set(branch.commands) <= {"newPlayer", "myIDis"}


def _named(known: Environment) -> list[tuple[Key, Received]]:
    """Variables: those of the branch itself come first."""
    inner = [(key, value) for key, value in known.items() if isinstance(key, tuple)]
    return [(key, value) for key, value in reversed(inner) if key[0] != "."]


def _named_hints(known: Environment, names: dict[int, str]) -> list[tuple[int, str]]:
    return [
        (value.index, value.convert)
        for key, value in known.items()
        if isinstance(key, tuple) and value.kind == "word" and value.convert and names.get(value.index) == key[1]
    ]


def _in_values_only(known: Environment, name: str, value: Received) -> bool:
    """Whether a name means something else by now."""
    return any(key[1] == name and held != value for key, held in known.items() if isinstance(key, tuple))


def _check_names(flow: Flow, branch: Branch, plan: Plan) -> None:
    """Raise `CannotTell` where a parameter would hide what the branch uses under that name."""
    chosen = list(plan.names.values())
    if len(set(chosen)) < len(chosen):
        raise CannotTell("two details have one name")
    replaced = {name for use in plan.replaced for name in ast.walk(use)}
    for statement in branch.body:
        for node in ast.walk(statement):
            if (
                isinstance(node, ast.Name)
                and node not in replaced
                and node.id in chosen
                and isinstance(node.ctx, ast.Load)
            ):
                held = flow.program.key(node)
                if held not in flow.variables and held not in branch.captured:
                    raise CannotTell(f"{node.id} means two things")


def other_names(flow: Flow, branch: Branch, plan: Plan, scope: Scope) -> set[str]:
    """Variables of `scope` itself that the branch uses, other than parts of what was received."""
    program = flow.program
    made = set(plan.first_lines) | set(plan.names.values())
    replaced = {node for use in plan.replaced for node in ast.walk(use)}
    kept: list[ast.AST] = [one for one in branch.body if one not in plan.dropped]
    kept += [one for one in branch.guards if not counts_words(one)]
    found: set[str] = set()
    for node in [part for one in kept for part in ast.walk(one)]:
        if isinstance(node, ast.Name) and node not in replaced and node.id not in made and node.id not in _BUILTINS:
            key = program.key(node)
            if key is not None and key[0] is scope and key not in branch.captured and key not in flow.roles.sockets:
                found.add(node.id)
    return found
