"""Hints for a program that does what is rarely meant: each is a sentence, once, that says what to write instead.

They are warnings of the loggers `roomcast.hints.KIND`; so one kind is silenced by
`logging.getLogger("roomcast.hints.pump").disabled = True`, all by the level of `roomcast.hints`.
"""

from __future__ import annotations

import difflib
import logging
import sys
from collections.abc import Iterable
from typing import Final

from roomcast.core.protocol.names import EVENTS
from roomcast.help_topics import with_link

_MOST: Final = 20  # hints of one kind: strangers can cause some of them

ELSEWHERE: Final = frozenset(
    {
        "click", "clicked", "dblclick", "doubleclick", "mouse", "mouseclick", "mousedown", "mouseup", "mousemove",
        "mousepress", "mousepressed", "mousereleased", "mousedrag", "wheel", "mousewheel", "pointerdown", "pointerup",
        "pointermove", "touchstart", "touchmove", "touchend", "key", "keys", "keydown", "keyup", "keypress",
        "keypressed", "keyrelease", "keyreleased", "keyboard", "connect", "connected", "connection", "disconnect",
        "disconnected", "reconnect", "reconnected", "receive", "received", "playerjoined", "playerleft", "newplayer",
        "userjoined", "userleft", "load", "tick", "timer", "frame", "resize",
    }
)  # fmt: skip
"""Events of windows, pages and other libraries, in small letters, without - and _: a room has none of these names."""

_WORDS: Final = frozenset({"black", "close", "joint", "leaf", "lot", "lots", "pack", "resume"})  # near, and often meant

KINDS: Final = ("pump", "event-name", "unknown-command", "same-name", "first-here", "late")
"""Each is the word of its help topic, too."""


class Hints:
    """The hints that one room has given."""

    __slots__ = ("_given",)

    def __init__(self) -> None:
        self._given: dict[str, set[str]] = {}  # by kind: what they were about

    def may_give(self, kind: str, about: str) -> bool:
        """Whether that hint was not given yet, and there were not too many of its kind."""
        given = self._given.get(kind, ())
        return about not in given and len(given) < _MOST

    def forgo(self, kind: str, about: str) -> None:
        """Count a hint as given: there is nothing to say, and that need not be found out again."""
        self._given.setdefault(kind, set()).add(about)

    def give(self, kind: str, about: str, sentence: str, level: int = logging.WARNING) -> None:
        """Give a hint of one of `KINDS`, unless it was given before. `level`: as of `logging`."""
        if self.may_give(kind, about):
            self.forgo(kind, about)
            logging.getLogger(f"roomcast.hints.{kind}").log(level, "%s", with_link(sentence, kind))


def never_pumped() -> str:
    """What follows "this program has" where a program has never pumped. Whoever has a window attaches it."""
    if "tkinter" not in sys.modules:
        return (
            "never called room.pump(), which runs what has arrived. Call it in the program's loop, or end the program "
            "with one: while not room.closed: room.pump(wait=0.1)"
        )
    window = "turtle" if "turtle" in sys.modules else "window"
    return (
        f"never called room.pump(), which runs what has arrived. Write room.attach({window}) before "
        f"{window}.mainloop(): that calls it. In a program with a loop of its own, call it in that loop"
    )


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name that was probably meant, None if none is similar."""
    found = difflib.get_close_matches(name, list(names), 1, 0.7)
    return found[0] if found else None


def plain_event(name: str) -> str:
    """A name as it is compared with those of events.

    >>> plain_event("on_key-down"), plain_event("onClick")
    ('keydown', 'click')
    """
    return name.casefold().removeprefix("on").strip("_- ").replace("_", "").replace("-", "")


def meant_event(name: str) -> str | None:
    """The event that was meant by a name that is none; None where it is more likely a command's.

    Words that differ in one letter are often words of their own (coin, join), so that counts in long ones alone.

    >>> meant_event("jion"), meant_event("on_join"), meant_event("Closed"), meant_event("coin"), meant_event("move")
    ('join', 'join', 'closed', None, None)
    """
    plain = plain_event(name)
    if name in EVENTS or plain in _WORDS:
        return None
    for event in sorted(EVENTS):
        if event in (plain, plain.removesuffix("ed")) or _is_slip(plain, event):
            return event
    return None


def _is_slip(typed: str, event: str) -> bool:
    """Whether two neighbours changed places, or one letter is missing, too many or, in long words, wrong."""
    if len(event) < 4:
        return False
    same = next((i for i, (a, b) in enumerate(zip(typed, event, strict=False)) if a != b), min(len(typed), len(event)))
    left, right = typed[same:], event[same:]
    return (
        (left[:2] == right[1::-1] and len(left) > 1 and left[2:] == right[2:])
        or left[1:] == right
        or left == right[1:]
        or (len(event) > 5 and left[1:] == right[1:] and len(left) == len(right))
    ) and typed != event
