"""A program's syntax tree with what a name means where: which scope it belongs to, which function a call calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeAlias

from roomcast.adopt.program_text import ProgramText

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Scope: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.Module
Key: TypeAlias = tuple[object, str]
"""A variable: its scope and name; or, for an attribute, whatever object it is of, "." and its name."""

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.Module)


class Program:
    """A parsed program. Raises `SyntaxError`."""

    def __init__(self, source: str) -> None:
        self.text = ProgramText(source)
        self.tree = ast.parse(source)
        self.nodes = list(ast.walk(self.tree))
        self._set_once: dict[Key, ast.expr | None] = {}
        self.parents: dict[ast.AST, ast.AST] = {}
        for node in self.nodes:
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
        self.functions = [node for node in self.nodes if isinstance(node, Function)]
        self.classes = [node for node in self.nodes if isinstance(node, ast.ClassDef)]
        self._own = {scope: _own_names(scope) for scope in self.nodes if isinstance(scope, _SCOPES)}
        self.identifiers = _identifiers(self.tree)

    # ------------------------------------------------------------------ where something stands

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, from the inside."""
        while (node := self.parents.get(node, self.tree)) is not self.tree:
            yield node
        yield self.tree

    def scope(self, node: ast.AST) -> Scope:
        """The function (or the module) whose code a node is."""
        return next(one for one in self.above(node) if isinstance(one, _SCOPES))

    def class_of(self, function: ast.AST) -> ast.ClassDef | None:
        """The class that a function is a method of."""
        parent = self.parents.get(function)
        return parent if isinstance(parent, ast.ClassDef) else None

    def statement(self, node: ast.AST) -> ast.stmt:
        """The innermost statement that a node is, or is in."""
        if isinstance(node, ast.stmt):
            return node
        return next(one for one in self.above(node) if isinstance(one, ast.stmt))

    def block(self, statement: ast.AST) -> list[ast.stmt]:
        """The list of statements in which one stands."""
        parent = self.parents[statement]
        for name in ("body", "orelse", "finalbody"):
            block = getattr(parent, name, None)
            if isinstance(block, list) and statement in block:
                return block
        raise LookupError("a statement that is in no block")

    # ------------------------------------------------------------------ what something means

    def key(self, node: ast.AST) -> Key | None:
        """The variable that an expression, or a parameter, is."""
        if isinstance(node, ast.Name):
            return self.owner(node.id, self.scope(node)), node.id
        if isinstance(node, ast.arg):
            function = next(one for one in self.above(node) if isinstance(one, _SCOPES))
            return function, node.arg
        if isinstance(node, ast.Attribute):
            return ".", node.attr
        return None

    def owner(self, name: str, scope: Scope) -> Scope:
        """The scope whose variable a name is, where it is used in `scope`."""
        here: ast.AST = scope
        while here is not self.tree:
            if name in self._own[here] and not isinstance(here, ast.Module):  # type: ignore[index]
                return here  # type: ignore[return-value]
            here = self.scope(here)
        return self.tree

    def own_names(self, scope: Scope) -> set[str]:
        """Parameters, and names that are bound there, without those that are declared global or nonlocal."""
        return self._own[scope]

    def callee(self, called: ast.expr) -> Function | None:
        """The function of this program that an expression names; of a class, its `__init__`."""
        name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
        found = [one for one in self.functions if one.name == name]
        if isinstance(called, ast.Name):
            found = [one for one in found if self.class_of(one) is None]
            for known in self.classes:
                if known.name == name:
                    found += [one for one in known.body if isinstance(one, Function) and one.name == "__init__"]
        return found[0] if len(found) == 1 else None

    def bound(self, function: Function, args: list[ast.expr], keywords: list[ast.keyword]) -> dict[str, ast.expr]:
        """Which parameter gets which argument; not those behind a star."""
        parameters = [*function.args.posonlyargs, *function.args.args]
        if self.class_of(function) is not None:
            parameters = parameters[1:]
        given: dict[str, ast.expr] = {}
        for parameter, argument in zip(parameters, args, strict=False):
            if isinstance(argument, ast.Starred):
                break
            given[parameter.arg] = argument
        return given | {one.arg: one.value for one in keywords if one.arg}

    def constant(self, node: ast.AST | None) -> object:
        """The value of a constant, or of a name that is set once, to a constant; None where it is neither."""
        if isinstance(node, ast.Constant):
            return node.value
        value = self.set_once(node)
        return value.value if isinstance(value, ast.Constant) else None

    def set_once(self, node: ast.AST | None) -> ast.expr | None:
        """What a variable is set to, where that happens once."""
        key = self.key(node) if isinstance(node, ast.Name | ast.Attribute) else None
        if key is None:
            return None
        if key not in self._set_once:
            self._set_once[key] = self._find_set_once(key)
        return self._set_once[key]

    def _find_set_once(self, key: Key) -> ast.expr | None:
        values = [
            value
            for one in self.nodes
            if isinstance(one, ast.Assign)
            for target, value in _pairs(one)
            if self.key(target) == key
        ]
        stores = [
            one
            for one in self.nodes
            if isinstance(one, ast.Name | ast.Attribute | ast.arg)
            and (isinstance(one, ast.arg) or isinstance(one.ctx, ast.Store))
            and self.key(one) == key
        ]
        return values[0] if len(values) == len(stores) == 1 else None

    def uses(self, key: Key) -> list[ast.Name | ast.Attribute | ast.arg]:
        """All places where a variable stands."""
        return [
            one for one in self.nodes if isinstance(one, ast.Name | ast.Attribute | ast.arg) and self.key(one) == key
        ]


def _pairs(statement: ast.Assign) -> list[tuple[ast.expr, ast.expr]]:
    """Which target gets which value, of `a = b = 1` and `a, b = 1, 2`."""
    pairs: list[tuple[ast.expr, ast.expr]] = []
    for target in statement.targets:
        if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
            pairs += zip(target.elts, statement.value.elts, strict=False)
        else:
            pairs.append((target, statement.value))
    return pairs


def _own_names(scope: ast.AST) -> set[str]:
    bound: set[str] = set()
    elsewhere: set[str] = set()
    if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        bound |= {one.arg for one in ast.walk(scope.args) if isinstance(one, ast.arg)}
    todo = list(ast.iter_child_nodes(scope))
    while todo:
        node = todo.pop()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                bound.add(node.name)
                if isinstance(node, ast.ClassDef):
                    continue
                todo += node.decorator_list
                continue
            case ast.Lambda():
                continue
            case ast.Name(ctx=ast.Store() | ast.Del()):
                bound.add(node.id)
            case ast.Global() | ast.Nonlocal():
                elsewhere |= set(node.names)
            case ast.alias():
                bound.add((node.asname or node.name).split(".")[0])
            case ast.ExceptHandler(name=str()) | ast.MatchAs(name=str()) | ast.MatchStar(name=str()):
                bound.add(str(node.name))
        todo += ast.iter_child_nodes(node)
    return bound - elsewhere


def _identifiers(tree: ast.AST) -> set[str]:
    """Every name that stands anywhere in a program."""
    found: set[str] = set()
    for node in ast.walk(tree):
        for name in ("id", "attr", "arg", "name", "asname"):
            value = getattr(node, name, None)
            if isinstance(value, str):
                found.add(value)
    return found
