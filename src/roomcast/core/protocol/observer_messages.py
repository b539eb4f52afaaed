"""The messages of those who watch a room without being players there: of observers, and to them."""

from __future__ import annotations

from msgspec import Raw, Struct, field

from roomcast.core.protocol.messages import Count, Message, Snapshot

# ------------------------------------------------------------------ what an observer sends: `Ping`, and these


class Watch(Message, frozen=True, tag="watch"):
    """In place of hello: this connection observes a room, without being a player there."""

    room: str
    token: str = ""  # the server's, for those who may kick and close; "": only look on
    v: tuple[int, ...] = (1,)


class HistoryRequest(Message, frozen=True, tag="history"):
    """Send the next page of the log that is kept; an observer's."""

    after: Count = 0  # seq of the last entry that it has; 0: none, begin with the oldest state
    at: Count = 0  # … and that entry's time; where the log has another one there, it begins with the oldest, too


class Kick(Message, frozen=True, tag="kick"):
    """Send a player out of the room; an observer's, and only with the token."""

    who: str  # a player's id


class Close(Message, frozen=True, tag="close"):
    """Send everyone out of the room; an observer's, and only with the token."""


# ------------------------------------------------------------------ what a server sends to observers


class ObservedPlayer(Struct, frozen=True, omit_defaults=True, gc=False):
    """One player, as an observer is told."""

    id: str
    name: str
    here: bool = True  # False: away
    starter: bool = False  # True: a starter client, which reports nothing


class Watching(Message, frozen=True, tag="watching"):
    """Where an observer starts: the answer to watch, and again when the room opens or goes, or much was missed."""

    room: str
    s: int  # seq of the log's end; entries follow that come after it
    time: Count  # the server's, Unix milliseconds
    players: tuple[ObservedPlayer, ...] = ()
    admin: bool = False  # the token was right: private commands are open, and you may kick and close
    missed: int = 0  # entries that were not sent here, because this observer did not read
    first: Count = 0  # seq of the oldest state that is kept: there `history` begins
    replay: bool = False  # the room runs a recording: nothing is traced


class TraceReport(Message, frozen=True, tag="passage"):
    """The six steps of one command, once they are known. Durations in milliseconds."""

    s: int
    by: str
    at: Count  # when the server had read it, Unix milliseconds
    c: str
    came: str  # the message as it came, at most the first 4,096 bytes of it
    size: int  # its bytes, all of them
    went: str  # the entry as it went to everyone, cut likewise
    length: int  # its bytes, all of them
    waited: float  # from the reading until it was written to everyone
    starter: bool = False  # it came as a line of the starter protocol
    frame: tuple[int, int] | None = None  # messages and bytes of the frame in which it went; None: frames differed
    acted: float | None = None  # from the call to the sending, as the sender's program reports
    to: tuple[str, ...] = ()  # player ids to whom it went
    silent: tuple[str, ...] = ()  # those among them who do not report (starter clients)
    line: str = ""  # the line that these read
    got: dict[str, float] = field(default_factory=dict)  # by player: from the writing until its report, less `ran`
    ran: dict[str, float] = field(default_factory=dict)  # by player: from when its turn came until it was done


class Counts(Message, frozen=True, tag="counts"):
    """What there was since the last counts, shown or not; about once a second."""

    s: int  # seq of the log's end
    at: Count  # Unix milliseconds
    over: float  # seconds that are counted
    do: int  # commands
    set: int  # patches of shared state
    bytes: int  # of all entries, as they went to one player
    unseen: int = 0  # entries among them that observers were not sent, for they were too many
    every: int = 1  # sampling interval: commands are traced where s % every == 0
    observers: int = 1  # how many watch this room
    first: Count = 0  # as in `Watching`
    behind: float = 0.0  # milliseconds by which the latest of the rules' ticks began late


class History(Message, frozen=True, tag="history"):
    """The answer to a request for history: a page of the log, as this observer may see it."""

    after: Count  # the entries are those of the seqs `after + 1`, `after + 2` …
    last: Count  # seq of the log's end, as far as observers were sent it: until then, ask for the next page
    entries: tuple[Raw, ...] = ()  # each an entry, or `hidden`
    snapshot: Snapshot | None = None  # the state at `after`: begin with it; None: it goes on where you asked
