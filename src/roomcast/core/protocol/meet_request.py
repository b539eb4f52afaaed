"""What a hello says of the room that somebody looks for, or of the room that is to be made for it."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Raw, Struct

from roomcast.errors import Refused

MOST_BYTES: Final = 1024  # of options, of a listing: they are shown to anybody who asks, for 200 rooms at a time
NO_OPTIONS: Final = Raw(b"{}")
_NUMBERS: Final = (int, float)
_MOST_LEVELS: Final = 8
_WHAT: Final = f"a room's options are a JSON object, with at most {_MOST_LEVELS} levels in each value"
_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


class Meet(Struct, frozen=True, omit_defaults=True, gc=False):
    """In `Hello`. With a `how` and no `kind`, the hello's `room` is a kind; else a name or a code as ever.

    All but `how`, `party` and `ticket` is for a room that has to be made; with "any", `options` are those of the room
    that is sought, too.
    """

    how: Literal["", "any", "new"] = ""  # "any": a room with a free seat, else a new one; "new": a new one
    options: Raw = NO_OPTIONS  # a JSON object, for the room's rules
    private: bool = False  # of a new room: it is in no list, and nobody is brought into it
    password: str = ""  # of a new room; or to one that has one
    spectate: bool = False  # only look on: without a seat, and without acting
    party: Annotated[int, Meta(ge=0, le=2**53)] = 0  # how many they are who want to be in one room
    ticket: str = ""  # of a party, for which seats are reserved
    kind: str = ""  # with it, the hello's `room` is one to come back to; where that is gone, a room of this kind

    @property
    def seats(self) -> int:
        """How many are wanted: its own, and those for its party."""
        return max(1, self.party)


def read_options(text: Raw) -> dict[str, Any]:
    """The options in a hello. Raises `Refused` ("bad-argument")."""
    _check_length(len(text))
    try:
        options = _decode(text)
    except msgspec.MsgspecError:
        raise Refused("bad-argument", _WHAT) from None
    if not all(_is_flat(value, _MOST_LEVELS) for value in options.values()):
        raise Refused("bad-argument", _WHAT)
    _check_length(len(msgspec.json.encode(options)))  # as they are kept: 1e15 has become longer
    return options


def _check_length(length: int) -> None:
    if length > MOST_BYTES:
        why = f"a room's options are {length} bytes long, and may be {MOST_BYTES}: send the rest as a command"
        raise Refused("bad-argument", why)


def are_met(wanted: dict[str, Any], options: dict[str, Any]) -> bool:
    """Whether a room with these options is one that is wanted: each option that is asked for is equal to the room's.

    >>> are_met({"mode": "fun"}, {"mode": "fun", "rounds": 3}), are_met({"rounds": True}, {"rounds": 1})
    (True, False)
    """
    return all(name in options and _same(value, options[name]) for name, value in wanted.items())


def _is_flat(value: Any, levels: int) -> bool:
    """Whether a value has no more than so many levels of lists and objects in it."""
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return levels > 1 and all(_is_flat(one, levels - 1) for one in inner)
    return True


def _same(one: Any, other: Any) -> bool:
    """Whether two values are equal as JSON: there, 1 and 1.0 are, and 1 and true are not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, _NUMBERS) and isinstance(other, _NUMBERS):
        return one == other
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(value, other[name]) for name, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)
