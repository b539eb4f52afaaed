"""What a variable of the receiving side holds: a piece of bytes, a line, its words, one of them.

A line is `command sender detail detail …`: word 0 is the command, word 1 the sender's id.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["piece", "line", "lines", "words", "word", "text", "parted", "function"]


@dataclass(frozen=True, slots=True)
class Received:
    """`words` and `text` hold what begins at the word `index`; of a `word`, it is its place in the line.

    `parted` is what `line.split(" ", most)` gives. A `function` is one that was looked up in a dict by the command.
    """

    kind: Kind
    index: int = 0
    convert: str = ""  # of a word or words: "int" or "float", where they were converted
    most: int = 0  # of what is parted: so many single words, then the rest as text


Environment: TypeAlias = dict[object, Received]
"""By variable (`Program.key`)."""

PIECE, LINE, LINES, WORDS = Received("piece"), Received("line"), Received("lines"), Received("words")
_SAME = frozenset({"decode", "strip", "rstrip", "lstrip", "removesuffix", "replace", "encode"})
_CONVERTING = ("int", "float")


def word_at(value: Received, index: int) -> Received:
    return Received("word", value.index + index, value.convert)


def method_result(value: Received, method: str, args: list[ast.expr], keywords: list[ast.keyword]) -> Received | None:
    """What a method of text, of bytes or of a list gives for such a value; None: nothing of interest."""
    most = args[1:] or [one.value for one in keywords if one.arg == "maxsplit"]
    if method in _SAME and value.kind in ("piece", "line", "word", "text"):
        return value
    if value.kind == "piece":
        if method in ("split", "splitlines", "partition"):
            at_line_ends = method == "splitlines" or (args and _is_line_end(args[0]))
            return LINES if at_line_ends else WORDS  # without lines: what was read is taken for one
    elif value.kind == "line":
        if method == "split" and not most and not (args and not _is_blank(args[0])):
            return WORDS
        if method == "split" and args and _is_line_end(args[0]):
            return LINES
        return _parted(value, method, args, most)
    elif value.kind == "text":
        if method == "split" and not most and not (args and not _is_blank(args[0])):
            return Received("words", value.index)
        return _parted(value, method, args, most)
    elif value.kind == "lines":
        if method == "pop":
            return LINE if args else PIECE
        if method == "copy":
            return value
    return None


def _parted(value: Received, method: str, args: list[ast.expr], most: list[ast.expr]) -> Received | None:
    count = _integer(most[0]) if most else None
    blank = not args or _is_blank(args[0])
    if method == "partition" and blank:
        return Received("parted", value.index, most=1)
    return Received("parted", value.index, most=count) if method == "split" and blank and count else None


def _part(value: Received, place: int) -> Received | None:
    if place < value.most:
        return word_at(value, place)
    return Received("text", value.index + place) if place == value.most else None


def item(value: Received, place: ast.expr) -> Received | None:
    """What `value[place]` is."""
    number = _integer(place)
    if value.kind == "words":
        if number is not None and number >= 0:
            return word_at(value, number)
        if isinstance(place, ast.Slice) and place.upper is None and place.step is None:
            start = 0 if place.lower is None else _integer(place.lower)
            if start is not None and start >= 0:
                return Received("words", value.index + start, value.convert)
    elif value.kind == "parted":
        return None if number is None or number < 0 else _part(value, number)
    elif value.kind == "lines":
        if number is not None:
            return LINE if number >= 0 else PIECE
        return LINES
    elif value.kind == "piece" and isinstance(place, ast.Slice):
        return LINE if place.lower is None else PIECE
    return None


def unpacked(value: Received, targets: list[ast.expr], source: ast.expr) -> list[Received | None]:
    """What each target of `a, b, *c = value` gets."""
    star = next((place for place, one in enumerate(targets) if isinstance(one, ast.Starred)), None)
    if value.kind == "words":
        if star is not None and star != len(targets) - 1:
            return [None] * len(targets)
        whole = [word_at(value, place) for place in range(len(targets))]
        if star is not None:
            whole[star] = Received("words", value.index + star, value.convert)
        return list(whole)
    if value.kind == "parted":
        if _method(source) == "partition":
            return [_part(value, 0), None, _part(value, 1)] if len(targets) == 3 else [None] * len(targets)
        return [_part(value, place) for place in range(len(targets))]
    if value.kind == "lines":
        if star is not None:
            return [LINES if place == star else PIECE if place > star else LINE for place in range(len(targets))]
        parts: list[Received | None] = [LINE, *[PIECE] * (len(targets) - 1)]
        if _method(source) == "partition" and len(targets) == 3:
            parts[1] = None
        return parts
    return [None] * len(targets)


def converted(call: ast.Call, argument: Received | None) -> Received | None:
    """What `int(word)` is."""
    if argument is not None and argument.kind == "word" and isinstance(call.func, ast.Name):
        if call.func.id in _CONVERTING and not argument.convert:
            return Received("word", argument.index, call.func.id)
        if call.func.id == "str":
            return argument
    return None


def all_converted(node: ast.expr) -> tuple[ast.expr, str] | None:
    """Of `map(int, words)` and `[int(word) for word in words]`: the words, and what they are converted by."""
    match node:
        case ast.Call(func=ast.Name(id="map"), args=[ast.Name(id="int" | "float" as convert), words]):
            return words, convert
        case ast.ListComp(
            elt=ast.Call(func=ast.Name(id="int" | "float" as convert), args=[ast.Name(id=one)]),
            generators=[ast.comprehension(target=ast.Name(id=each), iter=words, ifs=[])],
        ) if one == each:
            return words, convert
        case ast.Call(func=ast.Name(id="list" | "tuple"), args=[inner]):
            return all_converted(inner)
    return None


def _method(node: ast.expr) -> str:
    return node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""


def _integer(node: ast.expr | None) -> int | None:
    match node:
        case ast.Constant(value=int() as number):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as number)):
            return -number
    return None


def _is_line_end(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in ("\n", b"\n", "\r\n", b"\r\n")


def _is_blank(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in (" ", b" ", None)
