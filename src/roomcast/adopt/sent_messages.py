"""What a program sends, taken apart: the text of a line into a command and its details.

`f"move {dx} {dy}\\n".encode()` → `"move"`, `dx`, `dy`
"""

from __future__ import annotations

import ast
import string
from dataclasses import dataclass, field
from typing import TypeAlias

from roomcast.adopt.program_names import Program


@dataclass(frozen=True, slots=True)
class Slot:
    """A value in a text. `joined`: several words, from `" ".join(…)`."""

    node: ast.expr
    form: str = ""  # how an f-string formats it: `:03d`, `!r`
    joined: bool = False
    is_text: bool = False  # as of `" ".join(words)`, which takes nothing else


Part: TypeAlias = str | Slot


@dataclass
class SentLine:
    """The words of one line, each of its parts."""

    words: list[list[Part]] = field(default_factory=list)

    @property
    def command(self) -> str:
        """The first word, where the program says it literally."""
        match self.words:
            case [[str() as word], *_]:
                return word
        return ""


def sent_text(node: ast.expr) -> ast.expr | None:
    """The text that is encoded: of `text.encode()`, `bytes(text, "utf-8")`. None where it is something else."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="str"), attr="encode"), args=[text, *_]):
            return text
        case ast.Call(func=ast.Attribute(value=text, attr="encode")):
            return text
        case ast.Call(func=ast.Name(id="bytes"), args=[text, *_], keywords=_):
            return text
        case ast.Constant(value=bytes() as data):
            try:
                return ast.Constant(data.decode())
            except UnicodeDecodeError:
                return None
    return None


def sent_line(node: ast.expr, program: Program) -> SentLine | None:
    """The line that a text is; None where it cannot be told."""
    parts = _parts(node, program)
    if parts is None:
        return None
    text = "".join(one if isinstance(one, str) else "\0" for one in parts)
    if "\n" in text.rstrip("\r\n") or not text.strip():
        return None
    line, word = SentLine(), list[Part]()
    for part in parts:
        if isinstance(part, Slot):
            if part.joined and word:
                return None
            word.append(part)
            continue
        pieces = part.split(" ")
        for place, piece in enumerate(pieces):
            if place and word:
                line.words.append(word)
                word = []
            if piece.strip():
                word.append(piece.rstrip("\r\n"))
    if word:
        line.words.append(word)
    if any(len(one) > 1 and any(isinstance(part, Slot) and part.joined for part in one) for one in line.words):
        return None
    return line


def _parts(node: ast.expr, program: Program) -> list[Part] | None:
    match node:
        case ast.Constant(value=str() as text):
            return [text]
        case ast.JoinedStr(values=values):
            return [part for one in values for part in _formatted(one)]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            one, other = _parts(left, program), _parts(right, program)
            return None if one is None or other is None else one + other
        case ast.BinOp(left=ast.Constant(value=str() as form), op=ast.Mod(), right=values):
            return _percent(form, list(values.elts) if isinstance(values, ast.Tuple) else [values])
        case ast.Call(func=ast.Name(id="str" | "repr"), args=[value]):
            return [Slot(value)] if isinstance(node.func, ast.Name) and node.func.id == "str" else None
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str() as form), attr="format"), args=args, keywords=[]
        ):
            return _brace_format(form, args)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=" "), attr="join"), args=[words]):
            return _joined(words, program)
        case ast.Name() | ast.Attribute() | ast.Call() | ast.Subscript():
            constant = program.constant(node)
            return [constant] if isinstance(constant, str) else [Slot(node)]
    return None


def _formatted(node: ast.expr) -> list[Part]:
    match node:
        case ast.Constant(value=str() as text):
            return [text]
        case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
            inner = value.args[0] if _is_str_call(value) and isinstance(value, ast.Call) else value
            return [Slot(inner)]
        case ast.FormattedValue(value=value):
            whole = ast.unparse(ast.JoinedStr([node]))
            return [Slot(value, whole)]
    return [Slot(node)]


def _is_str_call(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "str" and len(node.args) == 1
    )


def _percent(form: str, values: list[ast.expr]) -> list[Part] | None:
    parts: list[Part] = []
    for place, piece in enumerate(form.split("%")):
        if place == 0:
            parts.append(piece)
        elif not piece or piece[0] not in "sdi" or not values:
            return None
        else:
            parts += [Slot(values.pop(0)), piece[1:]]
    return None if values else parts


def _brace_format(form: str, args: list[ast.expr]) -> list[Part] | None:
    parts: list[Part] = []
    for count, (text, name, spec, conversion) in enumerate(string.Formatter().parse(form)):
        parts.append(text)
        if name is None:
            continue
        place = int(name) if name.isdigit() else count if not name else -1
        if spec or conversion or not 0 <= place < len(args):
            return None
        parts.append(Slot(args[place]))
    return parts


def _joined(words: ast.expr, program: Program) -> list[Part] | None:
    match words:
        case ast.List(elts=elts) | ast.Tuple(elts=elts):
            parts: list[Part] = []
            for place, one in enumerate(elts):
                inner = [Slot(one.value, joined=True)] if isinstance(one, ast.Starred) else _parts(one, program)
                if inner is None:
                    return None
                parts += [" ", *inner] if place else inner
            return parts
        case ast.GeneratorExp() | ast.ListComp():
            return [Slot(words, joined=True)]
    return [Slot(words, joined=True, is_text=True)]
