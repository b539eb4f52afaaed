"""Follows what is received through a program: from the socket into lines, a queue, words, up to the dispatch."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from roomcast.adopt.dispatch_chain import Chain, if_branches, match_branches, table_branches
from roomcast.adopt.network_roles import RECEIVING, Roles, same_things
from roomcast.adopt.program_names import Function, Key, Program
from roomcast.adopt.received_values import (
    LINE,
    PIECE,
    Environment,
    Received,
    all_converted,
    converted,
    item,
    method_result,
    unpacked,
    word_at,
)

_PUTS = frozenset({"put", "put_nowait", "append"})
_CHANGING = frozenset({"pop", "remove", "insert", "append", "reverse", "sort", "clear"})
GETS = frozenset({"get", "get_nowait", "pop", "popleft"})


@dataclass
class Flow:
    """What was found on the way."""

    program: Program
    roles: Roles
    queues: dict[Key, Received] = field(default_factory=dict)  # what is in them
    puts: dict[ast.Call, Received] = field(default_factory=dict)
    own_words: dict[ast.Call, str] = field(default_factory=dict)  # what the program puts into a queue by itself
    gets: list[ast.AST] = field(default_factory=list)
    calls: dict[Function, ast.Call] = field(default_factory=dict)  # functions that are called with what was received
    chains: list[Chain] = field(default_factory=list)
    variables: set[object] = field(default_factory=set)  # all that ever hold something received
    _same: dict[Key, Key] = field(default_factory=dict)
    buffers: set[str] = field(default_factory=set)  # names of variables that hold pieces and lines
    changed: list[ast.Call] = field(default_factory=list)  # calls that change a list of words, as words.pop(0)

    def follow(self) -> None:
        self._same = same_things(self.program, self.roles.threads)
        for _ in range(2):  # what is got from a queue is known once what is put is
            self.gets.clear()
            for scope in [self.program.tree, *self.program.functions]:
                self._walk(scope.body, {})

    def queue(self, node: ast.AST) -> Key | None:
        """The variable by which the queue is known in `queues` that an expression is; None where it is no queue."""
        key = self._one_for(node)
        return key if key in self.queues else None

    def _one_for(self, node: ast.AST) -> Key | None:
        key = self.program.key(node)
        return key if key is None else self._same.get(key, key)

    def queue_names(self) -> set[str]:
        """What the queues are called."""
        return {key[1] for key in self.queue_names_as_keys()}

    def queue_names_as_keys(self) -> set[Key]:
        return {key for key, one in self._same.items() if one in self.queues} | set(self.queues)

    # ------------------------------------------------------------------ statements

    def _walk(self, block: list[ast.stmt], values: Environment) -> None:
        for place, statement in enumerate(block):
            if isinstance(statement, Function | ast.ClassDef):
                continue
            self._note_chain(block, place, values)
            match statement:
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        self.bind(target, value, values)
                case ast.AnnAssign(target=target, value=ast.expr() as value):
                    self.bind(target, value, values)
                case ast.AugAssign(target=target, value=value):
                    if self.value(value, values) == PIECE:
                        self._hold(target, PIECE, values)
                case ast.For(target=target, iter=iterated):
                    self._bind_each(target, iterated, values)
                case ast.With(items=items):
                    for one in items:
                        self.value(one.context_expr, values)
            self._look_into(statement, values)
            for part in ("body", "handlers", "orelse", "finalbody", "cases"):
                inner = getattr(statement, part, [])
                for one in inner:
                    if isinstance(one, ast.ExceptHandler | ast.match_case):
                        self._walk(one.body, values)
                if inner and isinstance(inner[0], ast.stmt):
                    self._walk(inner, values)

    def _note_chain(self, block: list[ast.stmt], place: int, values: Environment) -> None:
        statement, known = block[place], values.copy()

        def evaluate(node: ast.expr) -> Received | None:
            return self.value(node, known)

        branches = None
        if isinstance(statement, ast.If):
            branches = if_branches(statement, evaluate)
        elif isinstance(statement, ast.Match):
            branches = match_branches(statement, evaluate, self.program)
        known_parts = {one.node for chain in self.chains for one in chain.branches}  # each elif is an `if`, too
        if branches is None or statement in known_parts or any(statement in one.statements for one in self.chains):
            return
        last = self.chains[-1] if self.chains else None
        if last is not None and self._goes_on(last, block, place):
            last.statements.append(statement)
            last.branches += branches
            parts = [part for one in last.statements[:-1] for part in ast.walk(one)]
            inner = {self.program.key(one) for one in parts if isinstance(one, ast.Name)}  # set in other branches
            last.values |= {key: value for key, value in known.items() if key not in inner}
        else:
            self.chains.append(Chain([statement], known, branches))

    def _goes_on(self, chain: Chain, block: list[ast.stmt], place: int) -> bool:
        """Whether nothing but assignments is between the end of a chain and a place in the same block."""
        if chain.statements[-1] not in block[:place]:
            return False
        between = block[block.index(chain.statements[-1]) + 1 : place]
        return all(isinstance(one, ast.Assign) for one in between)

    def _look_into(self, statement: ast.stmt, values: Environment) -> None:
        """The expressions of a statement itself: calls and `:=` in them."""
        todo: list[ast.AST] = [
            one for one in ast.iter_child_nodes(statement) if isinstance(one, ast.expr | ast.withitem)
        ]
        while todo:
            node = todo.pop()
            if isinstance(node, ast.NamedExpr):
                self.value(node, values)
            elif isinstance(node, ast.Call):
                self._call(node, values)
            if not isinstance(node, ast.Lambda):
                todo += ast.iter_child_nodes(node)

    def _call(self, node: ast.Call, values: Environment) -> None:
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if isinstance(node.func, ast.Attribute):
            key = self._one_for(node.func.value)
            if method in _PUTS and len(node.args) == 1 and key is not None:
                value = self.value(node.args[0], values)
                if value is not None and value.kind in ("line", "words"):
                    self.queues[key] = self.puts[node] = value
                elif key in self.queues and isinstance(word := self.program.constant(node.args[0]), str):
                    self.own_words[node] = word.strip()
            elif method in GETS and key in self.queues:
                self.gets.append(node)
        if (table := self._table_called(node.func, values)) is not None:
            self._note_table(node, table, values)
            return
        function = self.program.callee(node.func)
        if function is None or function in self.roles.sources:
            return
        inner = self.arguments(function, node, values)
        if inner and self.calls.get(function, node) is node:
            first = function not in self.calls
            self.calls[function] = node
            if first or not any(self.program.scope(one.statements[0]) is function for one in self.chains):
                self._walk(function.body, inner)

    def arguments(self, function: Function, call: ast.Call, values: Environment) -> Environment:
        """What the parameters of a function hold that is called so."""
        parameters = [*function.args.posonlyargs, *function.args.args]
        if self.program.class_of(function) is not None:
            parameters = parameters[1:]
        names, rest = [one.arg for one in parameters], function.args.vararg
        given: Environment = {}
        for argument in call.args:
            value = self.value(argument.value if isinstance(argument, ast.Starred) else argument, values)
            if isinstance(argument, ast.Starred):
                if value is None or value.kind != "words":
                    break
                for place, name in enumerate(names):
                    given[function, name] = word_at(value, place)
                if rest is not None:
                    given[function, rest.arg] = Received("words", value.index + len(names))
                break
            if not names:
                break
            if value is not None:
                given[function, names[0]] = value
            names = names[1:]
        for keyword in call.keywords:
            if keyword.arg and (value := self.value(keyword.value, values)) is not None:
                given[function, keyword.arg] = value
        self.variables |= set(given)
        return given

    def _table_called(self, called: ast.expr, values: Environment) -> ast.Dict | None:
        """The dict in which a function was looked up that is called here."""
        value = self.value(called, values)
        if value is None or value.kind != "function":
            return None
        looked_up = called if not isinstance(called, ast.Name) else self.program.set_once(called)
        if isinstance(looked_up, ast.Call) and isinstance(looked_up.func, ast.Attribute):
            looked_up = looked_up.func.value
        elif isinstance(looked_up, ast.Subscript):
            looked_up = looked_up.value
        table = self.program.set_once(looked_up)
        return table if isinstance(table, ast.Dict) else None

    def _note_table(self, call: ast.Call, table: ast.Dict, values: Environment) -> None:
        statement = self.program.statement(call)
        if any(statement in chain.statements for chain in self.chains):
            return
        branches = table_branches(table, lambda function: self.arguments(function, call, values), self.program)
        if branches is not None:
            self.chains.append(Chain([statement], values.copy(), branches))

    # ------------------------------------------------------------------ binding

    def bind(self, target: ast.expr, value: ast.expr, values: Environment) -> None:
        """Note in `values` what each variable of an assignment's target is then: `key, x = words`."""
        if isinstance(target, ast.Tuple | ast.List):
            if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
                for one, each in zip(target.elts, value.elts, strict=True):
                    self.bind(one, each, values)
                return
            whole = _without_end(value) if not any(isinstance(one, ast.Starred) for one in target.elts) else value
            received = self.value(whole, values)
            if received is not None:
                for one, part in zip(target.elts, unpacked(received, target.elts, value), strict=True):
                    self._hold(one.value if isinstance(one, ast.Starred) else one, part, values)
                return
        else:
            self._hold(target, self.value(value, values), values)

    def _bind_each(self, target: ast.expr, iterated: ast.expr, values: Environment) -> None:
        held = self.value(iterated, values)
        key = self.queue(iterated.value if isinstance(iterated, ast.Subscript) else iterated)
        if key is not None:
            self.gets.append(iterated)
            self._hold(target, self.queues[key], values)
        elif (held is not None and held.kind == "lines") or self._gives_lines(iterated):
            self._hold(target, LINE, values)

    def _gives_lines(self, iterated: ast.expr) -> bool:
        if isinstance(iterated, ast.Call):
            if isinstance(iterated.func, ast.Name) and iterated.func.id == "iter" and iterated.args:
                reader = iterated.args[0]
                return isinstance(reader, ast.Attribute) and self.roles.is_socket(self.program, reader.value)
            if self.program.callee(iterated.func) in self.roles.sources:
                return True
        return self.roles.is_socket(self.program, iterated)

    def _hold(self, target: ast.AST, value: Received | None, values: Environment) -> None:
        key = self.program.key(target)
        if key is None:
            return
        if value is None:
            values.pop(key, None)
        else:
            values[key] = value
            self.variables.add(key)
            if value.kind in ("piece", "lines", "line"):
                self.buffers.add(key[1])

    # ------------------------------------------------------------------ expressions

    def value(self, node: ast.expr, values: Environment) -> Received | None:
        """What an expression gives, where that was received."""
        match node:
            case ast.Name() | ast.Attribute():
                return values.get(self.program.key(node))
            case ast.NamedExpr(target=target, value=inner):
                self._hold(target, self.value(inner, values), values)
                return values.get(self.program.key(target))
            case ast.Subscript(value=whole, slice=place):
                if self._is_table(whole) and self.value(place, values) == Received("word"):
                    return Received("function")
                held = self.value(whole, values)
                return None if held is None else item(held, place)
            case ast.BinOp(left=left, right=right):
                return PIECE if PIECE in (self.value(left, values), self.value(right, values)) else None
            case ast.IfExp(body=one, orelse=other):
                return self.value(one, values) or self.value(other, values)
            case ast.BoolOp(values=[first, *_]):
                return self.value(first, values)
            case ast.ListComp() | ast.Call() if (every := all_converted(node)) is not None:
                words = self.value(every[0], values)
                if words is not None and words.kind == "words":
                    return Received("words", words.index, every[1])
                return None
            case ast.Call():
                return self._result(node, values)
        return None

    def _result(self, node: ast.Call, values: Environment) -> Received | None:
        match node.func:
            case ast.Attribute(value=owner, attr=method):
                if self.roles.is_socket(self.program, owner) and method in RECEIVING:
                    return LINE if method == "readline" else PIECE
                if method in GETS and (key := self.queue(owner)) is not None:
                    return self.queues[key]
                if method == "get" and self._is_table(owner) and node.args:
                    return Received("function") if self.value(node.args[0], values) == Received("word") else None
                if method == "join" and isinstance(owner, ast.Constant) and len(node.args) == 1:
                    joined = self.value(node.args[0], values)
                    if joined is not None and joined.kind == "words" and owner.value == " ":
                        return Received("text", joined.index)
                    return PIECE if joined is not None and joined.kind == "lines" else None
                held = self.value(owner, values)
                if held is not None and held.kind == "words" and method in _CHANGING:
                    self.changed.append(node)
                return None if held is None else method_result(held, method, node.args, node.keywords)
            case ast.Name(id="str" | "bytes" | "list" | "tuple" | "int" | "float" as made) if node.args:
                held = self.value(node.args[0], values)
                return converted(node, held) if made in ("int", "float") else held
        return None

    def _is_table(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name | ast.Attribute) and isinstance(self.program.set_once(node), ast.Dict)


def _without_end(node: ast.expr) -> ast.expr:
    """`words[1:]` for `words[1:3]`: where that is unpacked into names, both are the same."""
    match node:
        case ast.Subscript(value=whole, slice=ast.Slice(lower=lower, upper=ast.expr(), step=None)):
            return ast.Subscript(whole, ast.Slice(lower), ast.Load())
    return node
