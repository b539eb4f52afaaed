"""What a connection sends, taken at the pace that its player's rate and its address's account allow.

Whatever comes faster waits: the transport stops reading the connection for a moment, so that TCP holds the sender back.
Nothing is refused for its rate, and nothing is lost. Who is held back for longer than a moment is told so.

All work is counted in writes to one connection (`prices.WRITE`), and charged to the address in portions; what is left,
once a second.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from roomcast.core.protocol.limits import exceeded
from roomcast.core.room.connection import Connection, Wire
from roomcast.core.room.room import Room
from roomcast.core.room.session import Session
from roomcast.core.room.token_bucket import TokenBucket
from roomcast.core.room.turn_costs import TurnCosts
from roomcast.core.server import prices
from roomcast.core.server.directory import Directory
from roomcast.core.server.stage import Stage
from roomcast.errors import ProtocolError

PORTION: Final = 64  # writes: from here on what is owed is charged, so that most messages are not charged one by one
EVERY: Final = 128  # commands: after so many, they are charged as well
SOON: Final = 8  # … the same where the address has spent too much: each of its connections goes on for so many
LATE: Final = 0.5  # seconds for which a player is held back before it is told
_ON_TIME: Final = 1.0  # seconds in which nothing is held back: then it has caught up
_OPENING_POLL: Final = 0.05  # seconds until what waits for the room to open is looked at again
_HELD_POLL: Final = 0.05  # … for the room to go on, whose rules wait for something; it says so, where it can
_UNREAD: Final = 60.0  # seconds: longer than it takes until a connection that was closed is aborted
_OVER_POLL: Final = 0.05  # seconds for which one is not read that was disconnected and still sends

_HELLO: Final = prices.HELLO
_COMMAND: Final = round(prices.COMMAND / prices.WRITE)
_RULED: Final = round((prices.COMMAND + prices.RULED) / prices.WRITE)
_MESSAGE: Final = round(prices.MESSAGE / prices.WRITE)
_FRAME: Final = round(prices.FRAME / prices.WRITE)
_BYTES_IN: Final = int(prices.WRITE / prices.BYTE_IN)  # for the work of one write
_BYTES_SET: Final = int(prices.WRITE / prices.BYTE_SET)
_BYTES_COPIED: Final = int(prices.WRITE / prices.BYTE_COPIED)
_BYTES_RULED: Final = int(prices.WRITE / prices.BYTE_RULED)
_VIEWS: Final = prices.VIEW / prices.WRITE
_BYTES_OUT: Final = int(prices.WRITE / prices.BYTE_OUT)


class PeerInput:
    """The part of a peer that takes input."""

    __slots__ = (
        "_due",
        "_fail_at",
        "_frames",
        "_held",
        "_late_at",
        "_late_since",
        "_owed",
        "_paid",
        "_seq",
        "_settled",
        "_told",
        "_writes",
        "_wrong",
        "account",
        "address",
        "arriving",
        "bucket",
        "connection",
        "directory",
        "heard",
        "room",
        "session",
        "stage",
        "wire",
    )

    def __init__(self, directory: Directory, connection: Connection, wire: Wire, address: str, now: float) -> None:
        self.directory = directory
        self.connection = connection
        self.wire = wire
        self.address = address
        self.account = directory.accounts.of(address, now)
        self.stage = Stage.GREETING
        self.room: Room | None = None
        self.session: Session | None = None
        self.arriving: tuple[Room, Session] | None = None  # while the room's rules think about its coming
        self.bucket: TokenBucket | None = None  # how fast it may speak, once it is present
        self.heard = True  # something came since the last sweep
        self._held: list[bytes] = []  # messages held back: they came too fast, or before the room was open
        self._wrong: ProtocolError | None = None  # what came after them and is no message
        self._fail_at = 0.0  # when it is told, where the stage is REFUSED
        self._owed = 0  # writes that are not charged yet, or what takes as long; without those that commands cause
        self._due = 0  # the number of the command that will be charged, with those before it
        # When that was last done: the command's number, the room's last entry, its writes.
        self._settled = self._seq = self._writes = 0
        self._paid = False  # for its hello
        self._frames = 0  # that were no messages, above the rate
        self._late_since = 0.0  # since when it has been held back, and …
        self._late_at = float("-inf")  # … when it last was
        self._told = False  # that it is held back

    # -- what the transport tells

    def receive(self, data: bytes, now: float) -> float:
        """Take bytes in. Returns seconds to wait before reading on, because messages came too fast.

        Nothing is lost by that: what has come is held here, what has not waits at the sender's.
        """
        if self.stage is Stage.OVER:
            return _OVER_POLL
        size = len(data)
        self._owed += _FRAME + size // _BYTES_IN
        if self.room is not None and size > prices.SMALL:
            self._owe(size * self.room.feed.caught_up // _BYTES_COPIED)
        if self._wrong is None:
            try:
                self._held.extend(self._split(data))  # what comes before something wrong is handled
            except ProtocolError as error:
                self._wrong = error
            except Exception as error:
                self.failed(error)
        wait = self._settle(now) if self._owed >= PORTION else 0.0
        handled = self.read_on(now)
        return max(wait, handled)

    def read_on(self, now: float) -> float:
        """Handle what is held, as fast as rate and account allow; returns as `receive`."""
        self.heard = True
        try:
            return self._handle_held(now)
        except Exception as error:
            self.failed(error)
            return 0.0

    def _handle_held(self, now: float) -> float:
        for count, line in enumerate(self._held):
            if self.stage is Stage.OVER or self.stage is Stage.REFUSED:
                break
            if self.stage is Stage.OPENING:
                del self._held[:count]
                return _OPENING_POLL
            if not self._paid and (wait := self._pay_hello(now)):
                return wait
            bucket = self.bucket
            if bucket is not None and not bucket.take(now):
                del self._held[:count]
                return self._held_back(bucket, now)
            self._handle_line(line, now)
            session = self.session
            if self._owed >= PORTION or (session is not None and session.n >= self._due) or count % EVERY == EVERY - 1:
                self._settle(now)
        self._held.clear()
        if self._wrong is not None:
            if self.stage is Stage.OPENING:
                return _OPENING_POLL
            if self.stage is Stage.REFUSED and now < self._fail_at:
                return self._fail_at - now
            if self.stage is not Stage.OVER:
                self._fail(self._wrong)
        return 0.0

    def control(self, size: int, now: float) -> float:
        """A frame has come that is no message: a ping, a pong, a fragment of `size` bytes. Returns as `receive`.

        They cannot be made to wait, as messages are: who sends nothing else, and many, is disconnected. Of one that
        is disconnected, every frame counts as such: it still has to be read, up to the close that it answers with.
        """
        self.heard = True
        if self.stage is Stage.OVER:
            return self.account.charge(prices.FRAME + size * prices.BYTE_IN, now)
        try:
            if size < prices.SMALL:
                self._frames += 1
                limits = self.directory.limits
                if self._frames > limits.burst:
                    what = "too many pings, pongs and small fragments within a second: send whole messages"
                    self._fail(ProtocolError("rate", exceeded("burst", limits, self._frames, what)))
                    return _UNREAD  # it does not read what it is told, and is not heard any more
            self._owed += _FRAME + size // _BYTES_IN
            return self._settle(now) if self._owed >= PORTION else 0.0
        except Exception as error:
            self.failed(error)
            return _OVER_POLL

    def failed(self, error: Exception) -> None:
        """Something of ours raised this: it ends this connection alone, and the room where that cannot go on."""
        raise NotImplementedError

    def _split(self, data: bytes) -> Iterable[bytes]:
        """The messages that these bytes complete. Raises `ProtocolError`, after those that are good."""
        raise NotImplementedError

    def _handle_line(self, line: bytes, now: float) -> None:
        """Handle one message."""
        raise NotImplementedError

    def _fail(self, error: ProtocolError) -> None:
        """The client broke the protocol: end the connection."""
        raise NotImplementedError

    def _tell_late(self, why: str) -> None:
        """Tell the player, or whoever runs the server, that what it sends is held back."""
        raise NotImplementedError

    # -- what it costs

    def _owe(self, writes: int) -> None:
        """Something is to be charged, in writes: later, with what else is owed."""
        self._owed += writes

    def _owe_message(self) -> None:
        """A message was handled that is no command."""
        self._owed += _MESSAGE

    def _owe_patch(self, line: bytes) -> None:
        """A patch of shared state is to be folded; objects in it cost more than their bytes."""
        self._owed += len(line) // _BYTES_SET + line.count(b"{")

    def _owe_operation(self, size: int) -> None:
        """An operation is to be worked out, beside its patch: from `size` bytes of it and of shared state."""
        self._owed += size // _BYTES_SET

    def _owe_start(self, room: Room, size: int = 0) -> None:
        """A player was sent a start of `size` bytes, and all who are there are written its coming and its going."""
        self._owed += 2 * room.feed.caught_up + size // _BYTES_OUT + int(2 * room.looks * _VIEWS)

    def _owe_bytes(self, size: int) -> None:
        """So many bytes were sent to the player alone."""
        self._owed += size // _BYTES_OUT

    def _settle(self, now: float) -> float:
        """Charge what is owed. Where the address has spent too much, returns how long to wait, as the bucket does."""
        session, room = self.session, self.room
        if session is not None and room is not None and (session.n > self._settled or session.repeated):
            self._owe_commands(session, room)
        if not self._owed:
            return 0.0
        bucket, owed, self._owed = self.bucket, self._owed, 0
        wait = self.account.charge(owed * prices.WRITE, now)
        if wait > 0:
            self._due = self._settled + SOON
            if bucket is not None:
                bucket.block(now + wait)
        return wait

    def _owe_commands(self, session: Session, room: Room) -> None:
        """The commands since the last time, and their share of what was written in the room since then."""
        n, last, written = session.n, room.log.last, room.feed.writes
        commands, entries = n - self._settled, last - self._seq
        if session.repeated:
            self._owed += _MESSAGE * session.repeated
            session.repeated = 0
        if commands:
            self._owed += (_RULED if room.ruled else _COMMAND) * commands
            if entries:
                writes = written - self._writes
                self._owed += writes * commands // entries if commands < entries else writes
        self._settled, self._seq, self._writes, self._due = n, last, written, n + EVERY
        if room.seats.weight != session.bucket.weight:
            session.bucket.weigh(room.seats.weight)

    def charge_tick(self, writes: int, now: float) -> float:
        """As `PeerHandle.charge_tick`. It costs what a command to as many costs, and holds up no command."""
        return self.account.charge(writes * prices.WRITE, now)

    def charge_turn(self, costs: TurnCosts) -> None:
        """As `PeerHandle.charge_turn`."""
        lines = costs.made // _BYTES_OUT + costs.copied // _BYTES_COPIED
        self._owed += costs.handled // _BYTES_RULED + lines + int(costs.looked * _VIEWS)
        if self._owed >= PORTION:
            self._due = 0  # with this command

    def _settle_each_second(self, now: float) -> None:
        """As `_settle`; one who says nothing follows what is written in the room, and how many are there, too."""
        if self.session is not None and self.room is not None:
            self._owe_commands(self.session, self.room)
        self._settle(now)

    def _pay_hello(self, now: float) -> float:
        """Charge the beginning of a conversation, before it; returns how long it must wait."""
        self._paid = True
        return self.account.charge(_HELLO, now)

    # -- who is held back

    def _held_back(self, bucket: TokenBucket, now: float) -> float:
        """A message must wait. Returns for how long; tells the player when that has gone on for a while."""
        if bucket.paused:
            return _HELD_POLL  # the room waits, not the player
        if now - self._late_at > _ON_TIME:
            self._late_since, self._told = now, False
        self._late_at = now
        wait = bucket.wait(now)
        if not self._told and now + wait - self._late_since >= LATE:
            self._told = True
            self._tell_late(self._why_late(now))
        return wait

    def _why_late(self, now: float) -> str:
        if self.account.wait(now) > 0:
            return f"what you send waits, and is late: {self.account.overdrawn(now)}"
        limits, players = self.directory.limits, 0 if self.room is None else len(self.room.state.players)
        weight = 1.0 if self.bucket is None else self.bucket.weight
        where = f" in a room of {players}" if weight > 1 else ""
        return (
            f"what you send waits, and is late: more comes than the {limits.rate / weight:g} commands a second "
            f"that a player may send{where}: send less often (setting: rate)"
        )
