"""The place where a program decides what to do with a line: `if command == …`, `match`, or a dict of functions."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from roomcast.adopt.program_names import Function, Key, Program
from roomcast.adopt.received_values import WORDS, Environment, Received, word_at

Evaluate: TypeAlias = Callable[[ast.expr], Received | None]


@dataclass
class Branch:
    """What is done for one command, or for several."""

    commands: tuple[str, ...]  # none: for all others
    body: list[ast.stmt]
    guards: list[ast.expr]  # it is done only where these are true
    node: ast.AST  # of the program: `if`, `case` or a function
    captured: dict[Key, Received] = field(default_factory=dict)  # by a pattern, or as parameters
    function: Function | None = None  # where the body is a function's
    called: str = ""  # where that function stays, for it is called from elsewhere, too: how it is called


@dataclass
class Chain:
    """All branches, and the statements that they are."""

    statements: list[ast.stmt]
    values: Environment  # what the variables hold there
    branches: list[Branch]

    @property
    def commands(self) -> list[str]:
        return list(dict.fromkeys(command for branch in self.branches for command in branch.commands))


def if_branches(statement: ast.If, evaluate: Evaluate) -> list[Branch] | None:
    """The branches of `if`, `elif` and `else`, where the first asks for a command. None where it does not."""
    branches: list[Branch] = []
    here: ast.If | None = statement
    while here is not None:
        asked = _command_test(here.test, evaluate)
        if asked is None:
            return None
        branches.append(Branch(asked[0], here.body, asked[1], here))
        match here.orelse:
            case [ast.If() as following] if _command_test(following.test, evaluate) is not None:
                here = following
            case []:
                here = None
            case rest:
                branches.append(Branch((), rest, [], rest[0]))
                here = None
    return branches


def _command_test(test: ast.expr, evaluate: Evaluate) -> tuple[tuple[str, ...], list[ast.expr]] | None:
    """The commands that a test asks for, and what else it asks."""
    match test:
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            for one, other in ((left, right), (right, left)):
                if isinstance(other, ast.Constant) and isinstance(other.value, str) and _is_command(evaluate(one)):
                    return (other.value,), []
        case ast.Compare(left=left, ops=[ast.In()], comparators=[ast.Tuple() | ast.List() | ast.Set() as several]):
            words = [one.value for one in several.elts if isinstance(one, ast.Constant)]
            if _is_command(evaluate(left)) and len(words) == len(several.elts):
                return tuple(str(word) for word in words), []
        case ast.Call(func=ast.Attribute(value=line, attr="startswith"), args=[ast.Constant(value=str() as start)]):
            value = evaluate(line)
            if value is not None and (value.kind == "line" or _is_command(value)):
                return (start.strip(),), []
        case ast.BoolOp(op=ast.And(), values=values):
            asked = [(one, _command_test(one, evaluate)) for one in values]
            found = [result for _, result in asked if result is not None]
            if len(found) == 1:
                return found[0][0], [*found[0][1], *(one for one, result in asked if result is None)]
        case ast.BoolOp(op=ast.Or(), values=values):
            results = [_command_test(one, evaluate) for one in values]
            if all(one is not None and not one[1] for one in results):
                return tuple(word for one in results if one is not None for word in one[0]), []
    return None


def match_branches(statement: ast.Match, evaluate: Evaluate, program: Program) -> list[Branch] | None:
    """The branches of a `match` on a line's words, or on its command."""
    subject = statement.subject
    value = evaluate(subject)
    if isinstance(subject, ast.Tuple | ast.List):
        value = _as_words(subject.elts, evaluate)
    if value is None or not (value == WORDS or _is_command(value)):
        return None
    branches = []
    for case in statement.cases:
        patterns = case.pattern.patterns if isinstance(case.pattern, ast.MatchSequence) else [case.pattern]
        guards = [] if case.guard is None else [case.guard]
        commands = _pattern_words(patterns[0]) if patterns else []
        if not commands:
            branches.append(Branch((), case.body, guards, case.pattern))
            continue
        branch = Branch(tuple(commands), case.body, guards, case.pattern)
        scope = program.scope(statement)
        for place, pattern in enumerate(patterns[1:], 1):
            match pattern:
                case ast.MatchAs(pattern=None, name=name):
                    if name is not None:
                        branch.captured[program.owner(name, scope), name] = word_at(WORDS, place)
                case ast.MatchStar(name=name) if place == len(patterns) - 1:
                    if name is not None:
                        branch.captured[program.owner(name, scope), name] = Received("words", place)
                case _:
                    return None
        branches.append(branch)
    return branches if any(one.commands for one in branches) else None


def _pattern_words(pattern: ast.pattern) -> list[str]:
    match pattern:
        case ast.MatchValue(value=ast.Constant(value=str() as word)):
            return [word]
        case ast.MatchOr(patterns=patterns):
            return [word for one in patterns for word in _pattern_words(one)]
    return []


def _as_words(parts: list[ast.expr], evaluate: Evaluate) -> Received | None:
    """`(command, *details)`, where they are a line's words in their order."""
    for place, part in enumerate(parts):
        star = isinstance(part, ast.Starred)
        value = evaluate(part.value if isinstance(part, ast.Starred) else part)
        if value is None or value.index != place or value.kind != ("words" if star else "word"):
            return None
    return WORDS


def table_branches(
    table: ast.Dict, arguments: Callable[[Function], Environment], program: Program
) -> list[Branch] | None:
    """The branches that the functions of a dict are. `arguments`: what their parameters hold."""
    branches = []
    for key, value in zip(table.keys, table.values, strict=True):
        function = program.callee(value)
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)) or function is None:
            return None
        inside = {*ast.walk(function), *ast.walk(table)}
        kind = ast.Name if program.class_of(function) is None else ast.Attribute
        used = [one for one in program.nodes if isinstance(one, kind) and one not in inside]
        captured = {key: value for key, value in arguments(function).items() if isinstance(key, tuple)}
        if any(function.name == (one.id if isinstance(one, ast.Name) else one.attr) for one in used):
            branches.append(Branch((key.value,), [], [], function, captured, called=ast.unparse(value)))
        else:
            branches.append(Branch((key.value,), function.body, [], function, captured, function))
    return branches


def _is_command(value: Received | None) -> bool:
    return value is not None and value.kind == "word" and value.index == 0
