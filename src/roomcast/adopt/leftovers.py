"""After the conversion: imports and names that nothing uses any more go, and `import roomcast` comes."""

from __future__ import annotations

import ast

from roomcast.adopt.program_names import Function, Program
from roomcast.adopt.program_text import Edits

_MODULES = frozenset({"socket", "threading", "queue", "select", "collections", "contextlib"})


def tidy(source: str, before: str, unneeded: set[str]) -> tuple[str, list[str]]:
    """The program without what has no use since the conversion, and the names of what is gone.

    `before`: the program as it was; what had no use there stays. Raises `SyntaxError`.
    """
    gone: list[str] = []
    was_used = _loaded(ast.parse(before))
    while True:
        if "\n\n\n\n" not in before:  # functions went from between blank lines
            while "\n\n\n\n" in source:
                source = source.replace("\n\n\n\n", "\n\n\n")
        program = Program(source)
        edits = Edits(program.text)
        now = _loaded(program.tree)
        removed = _remove_imports(program, edits, was_used - now) + _remove_values(program, edits, unneeded - now)
        gone += removed
        source = edits.rendered()
        if not removed:
            return _with_import(source), gone


def _loaded(tree: ast.AST) -> set[str]:
    names = {one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Store)}
    attributes = {
        one.attr for one in ast.walk(tree) if isinstance(one, ast.Attribute) and not isinstance(one.ctx, ast.Store)
    }
    return names | attributes


def _remove_imports(program: Program, edits: Edits, unused: set[str]) -> list[str]:
    gone = []
    for node in ast.walk(program.tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        module = node.module if isinstance(node, ast.ImportFrom) else ""
        drop = [
            one
            for one in node.names
            if (one.asname or one.name) in unused and (module or one.name).split(".")[0] in _MODULES
        ]
        if not drop:
            continue
        gone += [one.asname or one.name for one in drop]
        kept = [one for one in node.names if one not in drop]
        if kept:
            names = ", ".join(ast.unparse(one) for one in kept)
            edits.replace_node(
                node, f"from {'.' * getattr(node, 'level', 0)}{module} import {names}" if module else f"import {names}"
            )
        elif program.text.stands_alone(node) and len(program.block(node)) > 1:
            start, end = program.text.lines(node)
            edits.replace(start, end, "")
    return gone


def _remove_values(program: Program, edits: Edits, unused: set[str]) -> list[str]:
    """Variables that are only set: the old server's address, the queue."""
    gone = []
    for node in ast.walk(program.tree):
        if not isinstance(node, ast.Assign) or len(node.targets) != 1 or not program.text.stands_alone(node):
            continue
        target = node.targets[0]
        names = [_name(one) for one in (target.elts if isinstance(target, ast.Tuple) else [target])]
        if unused.issuperset(names) and _has_no_effect(node.value) and len(program.block(node)) > 1:
            edits.remove_lines(node)
            gone += names
    return gone


def _name(target: ast.expr) -> str:
    return target.id if isinstance(target, ast.Name) else target.attr if isinstance(target, ast.Attribute) else ""


def _has_no_effect(value: ast.expr) -> bool:
    match value:
        case ast.Constant() | ast.Name() | ast.Attribute():
            return True
        case ast.JoinedStr(values=values):
            return all(_has_no_effect(one) for one in values)
        case ast.FormattedValue(value=inner):
            return _has_no_effect(inner)
        case ast.BinOp(left=left, right=right):
            return _has_no_effect(left) and _has_no_effect(right)
        case ast.Call(func=ast.Name(id="str") | ast.Attribute(value=ast.Constant(), attr="format" | "join"), args=args):
            return all(_has_no_effect(one) for one in args)
        case ast.Tuple(elts=elts) | ast.List(elts=elts):
            return all(_has_no_effect(one) for one in elts)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in {"Queue", "SimpleQueue", "LifoQueue", "deque", "gethostname"}
    return False


def _with_import(source: str) -> str:
    """With `import roomcast` behind the last of the imports at the top, apart from those of the standard library."""
    program = Program(source)
    if any(
        isinstance(one, ast.Import) and any(each.name == "roomcast" for each in one.names) for one in program.tree.body
    ):
        return source
    edits = Edits(program.text)
    imports: list[ast.stmt] = []
    for place, statement in enumerate(program.tree.body):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            imports.append(statement)
        elif not (place == 0 and _is_text(statement)):
            break
    if imports:
        end = program.text.line_end(program.text.end(imports[-1]))
        gap = "" if program.text.text[end : program.text.line_end(end)].isspace() else "\n"
        edits.insert(end, f"\nimport roomcast\n{gap}")
    elif program.tree.body:
        first = program.tree.body[0]
        if _is_text(first):
            edits.insert(program.text.line_end(program.text.end(first)), "\nimport roomcast\n")
        else:
            start = program.text.comments_above(program.text.lines(first)[0])
            gap = "\n\n" if isinstance(first, Function | ast.ClassDef) else "\n"
            edits.insert(start, f"import roomcast\n{gap}")
    return edits.rendered()


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
