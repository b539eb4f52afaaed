"""What one turn of a room with rules does, as one reader sees it.

It is `x` of an entry: always of a `turn`; of those who come and go, where the room's rules did something on that.
"""

from __future__ import annotations

from typing import Final

from msgspec import Raw, Struct

NO_PATCH: Final = Raw(b"{}")
NO_ARGUMENTS: Final = Raw(b"[]")
NULL: Final = Raw(b"null")


class Event(Struct, frozen=True, array_like=True, gc=False):
    """Programs run their function of that name, as for a command."""

    c: str  # the name
    a: Raw = NO_ARGUMENTS  # arguments: a JSON array or object
    by: str = ""  # the player who is said to have called; "": the room


class SentOut(Struct, frozen=True, array_like=True, gc=False):
    """The room has ended a player's stay."""

    id: str
    why: str  # a code such as "kicked"


class Effects(Struct, frozen=True, omit_defaults=True, gc=False):
    """Applied in this order: `k`, `p`, `m`. Then the events run, and see the state after the whole turn."""

    k: tuple[SentOut, ...] = ()
    p: Raw = NO_PATCH  # tree patch of the room's state
    m: Raw = NO_PATCH  # tree patches of players' states, by their ids
    e: tuple[Event, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.k or self.e or len(self.p) > 2 or len(self.m) > 2)


class Answer(Struct, frozen=True, omit_defaults=True, gc=False):
    """The room's answer to an `ask`."""

    n: int  # the number of the ask
    r: Raw = NULL  # what the handler returned


NOTHING: Final = Effects()
