"""The messages of the wire protocol `roomcast.1`, as frozen records.

One record for each message type; `t` is the type's word on the wire, and field names are as short as there.

What a client sends: `Hello`, `DoRequest`, `SetRequest`, `Done`, `Check`, `BeginRequest`, `SavedWorld`, `Ping`, `Wake`.
What a server sends: `Welcome`, the entries (`Do`, `Set`, `Join`, `Leave`, `Away`, `Back`, `Desync`, `Turn`), `Hidden`,
`Skipped`, `Begin`, `Save`, `Tick`, `Pong`, `Report`, `Error`, `Bye`. Those of observers are in `observer_messages`. A
client's `do` and `set` are requests; their entries are `Do` and `Set`. docs/protocol.md has examples, which are tested.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeAlias

from msgspec import Meta, Raw, Struct, field

from roomcast.core.protocol.client_limits import ClientLimits
from roomcast.core.protocol.meet_request import Meet
from roomcast.core.protocol.turn_effects import NOTHING, Answer, Effects

SUBPROTOCOL: Final = "roomcast.1"  # RFC 6455, section 1.9
VERSIONS: Final = (1, 2)  # protocol versions that this code speaks
WITH_RULES: Final = 2  # the first that has entries of rooms with rules

Json: TypeAlias = Any
"""What JSON can carry: None, bool, int, float, str, list, dict with text keys."""

Count: TypeAlias = Annotated[int, Meta(ge=0, le=2**53)]
"""A number of something, or a place in an order: what is less than 0 is no message."""

Moment: TypeAlias = Annotated[float, Meta(ge=0, le=2**53)]
"""Milliseconds, with fractions; of a moment, since 1970."""

NO_ARGS: Final = Raw(b"[]")
NO_STATE: Final = Raw(b"{}")


class Message(Struct, frozen=True, tag_field="t", omit_defaults=True, gc=False):
    """Base: `t` names the type, defaults stay off the wire, unknown fields are ignored."""


# ------------------------------------------------------------------ what a client sends


class Resume(Struct, frozen=True, omit_defaults=True, gc=False):
    """In `Hello`: who comes back, and how far it has read."""

    session: str  # the secret from the last welcome
    seen: Count  # seq of the last entry received
    epoch: int = 1  # of the log in which that was
    fresh: bool = False  # True: it knows nothing of the room any more (a page that was loaded again), send a snapshot
    world: bool = False  # True: it can save its world at `seen`, for it began with one, or at the room's beginning


class Hello(Message, frozen=True, tag="hello"):
    """The first message of a connection: into which room, as whom."""

    room: str
    name: str = ""  # "": the server gives one
    v: tuple[int, ...] = (1,)  # protocol versions that the client speaks
    resume: Resume | None = None
    leaves: bool = False  # going away (close code 1001) is leaving: nobody comes back as this player
    start: str = field(name="from", default="")  # a snapshot of: "" now, "beginning" the oldest kept, "world" the world
    meet: Meet | None = None  # which room is looked for
    credential: str | None = None  # by which the rules of a room know who comes; None: not said

    def __repr__(self) -> str:  # with nothing secret: it may come into a traceback, or a test's log
        return f"Hello(room={self.room!r}, name={self.name!r}, v={self.v!r}, …)"


class DoRequest(Message, frozen=True, tag="do"):
    """A client's `do`: a command that asks for a place in the room's order."""

    n: int  # 1, 2, 3 … in a session
    c: str  # the command's name
    a: Raw = NO_ARGS  # arguments: a JSON array (by position) or object (by name), not read by the server
    to: tuple[str, ...] | None = None  # player ids who alone shall see it; None: everyone


class SetRequest(Message, frozen=True, tag="set"):
    """A client's `set`: a patch of shared state, of the sender ("me") or of the room ("room").

    With `op` it is an operation: what it changes depends on what is there, at its place in the order.
    """

    n: int
    of: str  # "me" or "room"
    p: Raw  # a JSON merge patch (RFC 7396): an object, of which the room decodes what it has to
    whole: bool = False  # True: each value replaces the old one, objects are not merged; not looked at with `op`
    op: str = ""  # "add": numbers; "claim": if none of the keys is set; "swap": if the keys of `was` have its values
    was: Raw = NO_STATE  # of a swap: a JSON object; null: not set


class Done(Message, frozen=True, tag="done"):
    """A report for those who watch a message's six steps; sent only if the server asks (`steps`, `report`)."""

    s: int  # seq of the entry that was run
    ran: float  # milliseconds from when its turn came to the end of its callbacks
    sent: float | None = None  # the sender's: milliseconds from the call to the write


class Check(Message, frozen=True, tag="check"):
    """The hash of the program's own state, right after it has run the entry at `s`."""

    s: int
    d: str  # hexadecimal


class BeginRequest(Message, frozen=True, tag="begin"):
    """Let me begin once more, with the room's world: this program can save and load its own state."""


class SavedWorld(Message, frozen=True, tag="world"):
    """The answer to `save`, in one message or several: the hash of the program's own state, and the state."""

    s: int  # seq of the entry after which it was saved
    d: str = ""  # SHA-256 of the whole text in UTF-8, hexadecimal; in the first message
    x: str = ""  # the next piece of the text, which is canonical JSON (RFC 8785)
    more: bool = False  # pieces follow
    at: Count = 0  # as in `save`; 0: not said


class Ping(Message, frozen=True, tag="ping"):
    """A keepalive for programs that cannot send WebSocket pings, such as web pages; and a clock for round trips."""


class Wake(Message, frozen=True, tag="wake"):
    """A program has timers: until it says otherwise, tell it the room's time when one is due, if nothing else does."""

    at: Moment = 0.0  # once, at that time of the room, in Unix milliseconds; 0: never
    every: Moment = 0.0  # at each step of a schedule, in milliseconds; 0: there is none
    start: Moment = field(name="from", default=0.0)  # … of which this is the first


# ------------------------------------------------------------------ what a server sends: entries


class Entry(Message, frozen=True):
    """Anything in a log. `s` is its seq, `by` the player's id, `at` the room's time in Unix milliseconds.

    In the order of the log, `at` never gets less.
    """

    s: int
    by: str
    at: Count


class Do(Entry, frozen=True, tag="do"):
    """A command: `n` is the sender's number for it, by which the sender knows its own."""

    c: str
    a: Raw = NO_ARGS
    n: int = 0
    to: tuple[str, ...] | None = None


class Set(Entry, frozen=True, tag="set"):
    """A patch of shared state: of the player `by` ("me") or of the room ("room")."""

    of: str
    p: Raw
    whole: bool = False
    n: int = 0


class Join(Entry, frozen=True, tag="join"):
    """A player came in, for the first time or after its seat was given up (then with its old state)."""

    name: str
    state: Raw = NO_STATE  # a JSON object, decoded where it is read
    seed: str = ""  # of the room's dice; only in the first entry of a log
    x: Effects | None = None  # what the room's rules did on that; likewise in the next


class Leave(Entry, frozen=True, tag="leave"):
    """A player is gone; `why` is a code such as "left" or "timeout"."""

    why: str = "left"
    x: Effects | None = None


class Away(Entry, frozen=True, tag="away"):
    """A player's connection dropped; its seat is kept for a while."""

    x: Effects | None = None


class Back(Entry, frozen=True, tag="back"):
    """A player who was away is connected again."""

    x: Effects | None = None


class Desync(Entry, frozen=True, tag="desync"):
    """The programs' states have come apart: those in `who` differ from the others after entry `after`; `by` is ""."""

    after: int
    who: tuple[str, ...]


class Turn(Entry, frozen=True, tag="turn"):
    """What a room's rules did; `by` is "", for who made them do it may be a secret."""

    x: Effects = NOTHING
    ok: tuple[int, ...] = ()  # to this reader alone: the numbers of its commands that are in this turn
    re: tuple[Answer, ...] = ()  # to this reader alone: the answers to its asks


AnyEntry: TypeAlias = Do | Set | Join | Leave | Away | Back | Desync | Turn


# ------------------------------------------------------------------ what a server sends: the rest


class PlayerRecord(Struct, frozen=True, omit_defaults=True, gc=False):
    """One player in a snapshot."""

    id: str
    name: str
    here: bool = True  # False: away
    state: Raw = NO_STATE  # a JSON object, decoded where it is read


class Snapshot(Struct, frozen=True, omit_defaults=True, gc=False):
    """Everything that a newcomer needs to start at a seq: players in the order of joining, the room's state."""

    players: tuple[PlayerRecord, ...] = ()
    state: Raw = NO_STATE
    at: Count = 0  # the room's time then, Unix milliseconds; 0: an older version has written it
    seed: str = ""  # of the room's dice; "": of a log without one, whose dice follow from the room's name


class Welcome(Message, frozen=True, tag="welcome"):
    """The answer to hello. A resumed session gets the entries that it missed, or a snapshot where it needs one."""

    me: str  # the player's id
    session: str  # the secret to come back with
    s: Count  # seq of the snapshot, or of the log's end on a resume
    time: Count  # the room's, Unix milliseconds
    limits: ClientLimits
    snapshot: Snapshot | None = None
    resumed: bool = False
    n: Count = 0  # the highest number that the server has had from this session
    epoch: Count = 1  # how often the log was opened; after a crash, an older one may have had entries that are lost
    lost: Count = 0  # entries that this client has had and the log has not: a crash came before they were on disk
    steps: bool = False  # True: please report with `done`
    room: str = ""  # the room's name, where hello asked for it in another way: by its code
    code: str = ""  # the letters that stand for the room on this server
    upto: Count = 0  # seq of the log's end, where the snapshot is older; 0: it is the newest
    world: str = ""  # JSON text: the programs' own state at `s`; "": there is none
    before: Count = 0  # commands that were sent here before `s`, about
    near: tuple[str, ...] = ()  # where this hello has made the room: others, or kinds with rules, that may be meant
    ticket: str = ""  # with it, others take the seats that are reserved for the party


class Hidden(Message, frozen=True, tag="hidden"):
    """Stands in for a private command of others, so that seq has no holes for anyone."""

    s: int
    at: Count = 0  # the entry's; 0: an older version has written it


class Skipped(Message, frozen=True, tag="skipped"):
    """The entries from `from` to `to` are no longer kept: go on from this snapshot, which is at `to`."""

    first: Count = field(name="from")
    last: Count = field(name="to")
    snapshot: Snapshot
    n: Count = 0  # the highest number that the server has had from this session
    upto: Count = 0  # and `world`: as in `Welcome`
    world: str = ""


class Begin(Message, frozen=True, tag="begin"):
    """The answer to a client's `begin`: forget all that came before, go on from this snapshot, which is at `s`."""

    s: Count
    snapshot: Snapshot
    n: Count = 0  # the highest number that the server has had from this session
    upto: Count = 0  # and `world`: as in `Welcome`
    world: str = ""


class Save(Message, frozen=True, tag="save"):
    """Please save your program's own state as it is after the entry at `s`, the last one before this message."""

    s: Count
    at: Count  # the room's time, Unix milliseconds: what is due by then has run
    most: Count  # bytes that the state may take as text
    whole: bool = False  # True: send all of it; else its hash alone


class Tick(Message, frozen=True, tag="tick"):
    """The room's time: no entry from before it will come. For those who have timers; it is in no log."""

    at: Count  # Unix milliseconds


class Pong(Message, frozen=True, tag="pong"):
    """The answer to `Ping`."""

    time: Count = 0  # the room's, Unix milliseconds; 0: an older server


class Report(Message, frozen=True, tag="report"):
    """Please report with `done` each command whose seq can be divided by `every`, from now on; 0: no more."""

    every: Annotated[int, Meta(ge=0)]


class Error(Message, frozen=True, tag="error"):
    """One thing was refused; `n` is its number, if it had one."""

    code: str
    message: str
    n: int = 0


class Bye(Message, frozen=True, tag="bye"):
    """The server ends the connection. `again`: seconds after which to come back; None: do not."""

    code: str
    message: str
    again: float | None = None
