"""Keeps a secret out of what is written down of an exception: that of `int(credential)` would quote it."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Iterator
from typing import Final

from roomcast.rules.rejection import RulesMistake

_PIECE: Final = 6  # characters: a text with so many of the secret's in a row is not shown
_SHORTEST: Final = 3  # characters of a word of the secret: a text with that word is not shown either
_WORD: Final = re.compile(r"\w+")
_MOST_CAUSES: Final = 20  # exceptions behind one that are looked at; with more, nothing is shown


def without_secret(error: Exception, secret: str | None) -> Exception:
    """The exception, or one with its traceback that says its type alone, where its text has something of the secret.

    What its frames held is forgotten, for the secret is among that.
    """
    traceback.clear_frames(error.__traceback__)
    if secret is None or not _has_part(error, secret):
        return error
    shown = RulesMistake(f"{type(error).__name__}; what it says is not shown, for part of a credential is in it")
    return shown.with_traceback(error.__traceback__)


def _has_part(error: BaseException, secret: str) -> bool:
    found = list(_chained(error))
    if len(found) > _MOST_CAUSES:
        return True
    texts = "\n".join(text for one in found for text in _texts(one)).casefold()
    words, pieces = _words(texts), _pieces(texts)
    return any(form in texts or _words(form) & words or _pieces(form) & pieces for form in _forms(secret) if form)


def _forms(secret: str) -> set[str]:
    """As it is, and as Python and JSON quote it; without the quotes, in small letters."""
    sent = secret.encode("utf-8", "surrogatepass")
    quoted = (repr(secret), ascii(secret), json.dumps(secret), json.dumps(secret, ensure_ascii=False), repr(sent)[1:])
    return {secret.casefold(), *(form[1:-1].casefold() for form in quoted)}


def _words(text: str) -> set[str]:
    return {word for word in _WORD.findall(text) if len(word) >= _SHORTEST}


def _pieces(text: str) -> set[str]:
    return {text[i : i + _PIECE] for i in range(len(text) - _PIECE + 1)}


def _chained(error: BaseException) -> Iterator[BaseException]:
    """It, and those from which it came or which it holds."""
    seen: dict[int, BaseException] = {}
    waiting: list[BaseException | None] = [error]
    while waiting and len(seen) <= _MOST_CAUSES:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen[id(one)] = one
        traceback.clear_frames(one.__traceback__)
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
    yield from seen.values()


def _texts(error: BaseException) -> Iterator[str]:
    try:
        yield "".join(traceback.format_exception_only(error))
        yield repr(error)
    except Exception:
        return
