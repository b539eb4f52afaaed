"""What a behaviour makes of a cause, and what a batch of such decisions did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from msgspec import Raw, Struct

from roomcast.core.protocol.turn_effects import Answer, Event


class Accept:
    """The request becomes an entry as it came."""


class Rejected(NamedTuple):
    """The request is refused: its sender gets an `error`. `code` is an error code, `message` a sentence saying why."""

    code: str
    message: str


class Growth(NamedTuple):
    """What a decision makes of the size of somebody's state."""

    size: int  # bytes of its text, after it
    by: int  # bytes of memory, about, that it takes more than before; less than 0: it takes less


class Decided(Struct, frozen=True, gc=False):
    """The behaviour has done something, or has taken a command and done nothing. The room keeps or undoes it."""

    says: bool = True  # it is to be heard at once: the batch closes. False: where the room has steps, with the next one
    sizes: dict[str, Growth] = {}  # by owner, of those whose state has another size. "": the room
    held: int = 0  # bytes of what the behaviour keeps for itself, where that has changed
    weight: int = 0  # bytes of events and answers
    timers: int = 0  # how many wait, where the behaviour has set some
    works: int = 0  # how much is being done beside the order, where the behaviour has asked for more


class Waits(NamedTuple):
    """A handler waits for something. Nothing of it has run yet: whoever runs it has the token (`handler_runs`)."""

    token: object


ACCEPT: Final = Accept()
Outcome: TypeAlias = Accept | Rejected | Decided
Decision: TypeAlias = Outcome | Waits


class Emitted(NamedTuple):
    """An event, and who may see it."""

    event: Event
    readers: frozenset[str] | None = None  # players; None: everyone


FieldTexts: TypeAlias = dict[str, bytes | None]
"""By field, its JSON text now; None: the field is removed."""
FieldPatches: TypeAlias = dict[str, Any]
"""By field, its tree patch: a `Raw`, or a scalar, which says what it is set to."""


class Turned(Struct, frozen=True, gc=False):
    """What a batch did. Owners are players in the room, and "" for the room."""

    changed: dict[str, FieldTexts] = {}  # by owner
    patches: dict[str, FieldPatches] = {}  # the same
    own: dict[str, FieldTexts] = {}  # by player: of fields that it alone sees
    events: tuple[Emitted, ...] = ()  # in order
    sent_out: dict[str, str] = {}  # players, and why: sentences, for them
    answers: dict[str, list[Answer]] = {}  # by player
    unseen: bool = False  # something else has changed, of which views may show something
    works: tuple[object, ...] = ()  # tokens of what is to be done beside the order, once this is committed

    @property
    def is_empty(self) -> bool:
        return not (self.changed or self.own or self.events or self.sent_out or self.answers or self.unseen)


NO_TURN: Final = Turned()

Key: TypeAlias = str | None
"""Of a view: who has the same sees the same. A JSON text; None: of those who only look on."""


class Shown(NamedTuple):
    """What the readers with one key are to see: texts of fields."""

    state: Mapping[str, Raw]  # of the room
    players: Mapping[str, Mapping[str, Raw]]  # by id, of everyone in the room
