"""A server without a network, and strangers who send anything, in any pieces, at any time.

An input is a script of steps, separated by zero bytes. The first letter of a step says what happens, the rest is
bytes or a number:

    0 1 2 3    a JSON client of that number sends the rest as a frame; it connects first if it is not connected
    a b c      a starter client sends the rest as a piece of its stream; it connects first, c to the room "x"
    - NUMBER   the connection breaks
    ! NUMBER   the connection is closed by its client, as one should
    < NUMBER   the client reads no more;  > NUMBER: it reads on
    ~ NUMBER   the client answers no more pings
    t NUMBER   so many tenths of a second pass
    *          the server is killed, and another takes its place (where rooms are on disk)
    s          the disk opens the rooms that are waited for, and writes what it was given
    %          the disk fails, and is well again

A first step F or R keeps the rooms on disk, at the level full or relaxed; W watches the six steps.

Among them plays a witness, who does nothing wrong. Whatever the others do, it has the log without a hole and
the state that the server has; and when they are gone, nothing is left of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from roomcast.core.protocol import codec
from roomcast.core.protocol.any_message import ServerMessage
from roomcast.core.protocol.messages import Begin, Bye, Do, Entry, Error, Hidden, Skipped, Welcome
from roomcast.core.protocol.observer_messages import Watching
from roomcast.core.room.commit_log import Level
from roomcast.core.room.fold import restore, snapshot
from roomcast.core.room.log import OVERHEAD
from roomcast.core.room.room import Room
from roomcast.core.server.directory import Directory
from roomcast.core.server.peer import Peer, Stage
from roomcast.errors import CODES, ProtocolError, Refused
from roomcast.testing.disk import MemoryStore
from tests.core.fakes import House, LineProgram, Program
from tests.fuzz.json_codec import check_complaint, check_line

LIMITS: Final[dict[str, Any]] = {
    "message_size": 2048,
    "json_depth": 12,
    "json_values": 60,
    "name_length": 20,
    "rooms": 3,
    "drain": 4.0,
    "hello_within": 2.0,
    "ping_every": 2.0,
    "silent_for": 5.0,
    "kept_entries": 8,
    "kept_bytes": 4_000,
    "kept_total": 6_000,
    "resume_window": 12.0,
    "seat_kept": 4.0,
    "rate": 20.0,
    "burst": 10,
    "unread": 1000,
    "unread_for": 4.0,
    "room_players": 5,
    "room_observers": 2,
    "connections": 7,
    "connections_address": 5,
    "player_state": 300,
    "room_state": 600,
    "empty_room": 5.0,
}
"""All small, so that short scripts reach them."""

STEPS: Final = 60
MAX_WAIT: Final = 20.0  # seconds
_SECRET: Final = "5f0c61d2, and nobody else knows it"  # of the witness: to know it is to be that player
_TOKEN: Final = "9b1d77e0, and nobody at all knows it"  # with it, one could send the witness out


class Stranger(Program):
    """A JSON client of whom only what it hears is known, not what it said."""

    held = False  # the server has asked for a moment
    watches = False  # it is an observer, who may be shown some entries only

    def _follow(self, message: ServerMessage) -> None:
        if isinstance(message, Watching):
            assert not message.admin
            self.watches = True
            self.seq = message.s
        elif self.watches:
            if isinstance(message, Entry | Hidden):
                assert message.s > self.seq, "an entry is shown twice"
                self.seq = message.s
        elif isinstance(message, Welcome):
            self.welcome = message
            self.seq = message.s if message.snapshot is not None else -1  # it said how far it had read: anything
        elif isinstance(message, Begin):
            self.seq = message.s
        elif isinstance(message, Entry | Hidden):
            assert self.seq in (-1, message.s - 1), f"{message.s} came after {self.seq}"
            self.seq = message.s
        elif isinstance(message, Skipped):
            assert self.seq in (-1, message.first - 1)
            assert message.first <= message.last
            self.seq = message.last

    def hear(self) -> list[ServerMessage]:
        heard = super().hear()
        for message in heard:
            assert not isinstance(message, Entry | Hidden | Skipped) or self.welcome is not None or self.watches
            if isinstance(message, Error | Bye):
                check_complaint(ProtocolError(message.code, message.message))
        return heard


class StrangeLines(LineProgram):
    """A starter client."""

    held = False

    def hear(self) -> list[str]:
        heard = super().hear()
        for line in heard:
            check_line(line.encode() + b"\n")
        return heard


class World:
    """The server, the witness, and the strangers by the letters that stand for them."""

    def __init__(self, kind: str) -> None:
        self.disk = MemoryStore(Level.FULL if kind == "F" else Level.RELAXED) if kind in "FR" else None
        self.house = House((lambda trace: None) if kind == "W" else None, self.disk, _TOKEN, **LIMITS)
        others, self.directory.secret = self.directory.secret, lambda: _SECRET
        self.witness = self.house.join("Witness", address="10.0.0.2")
        self.directory.secret = others
        self.strangers: dict[str, Stranger | StrangeLines] = {}
        self.held = self.house.held = kind == "R"  # the disk opens rooms and writes when the script says so

    @property
    def directory(self) -> Directory:
        return self.house.directory

    def step(self, kind: str, rest: bytes) -> None:
        waiting = [one for one in self.strangers.values() if one.peer.stage is Stage.OPENING]
        if kind in "0123abc":
            self._send(kind, rest)
        elif kind == "t":
            self.wait(min(_number(rest) / 10, MAX_WAIT))
        elif kind == "*" and self.disk is not None:
            self._crash()
        elif kind == "s" and self.disk is not None:
            self.disk.save()
        elif kind == "%" and self.disk is not None:
            self._disk_fails(self.disk)
        elif (stranger := self.strangers.get(rest[:1].decode("latin-1"))) is not None:
            if kind in "-!":
                self._gone(stranger, clean=kind == "!")
            elif kind == "<":
                stranger.connection.stop_reading()
            elif kind == ">":
                stranger.connection.read_on()
            elif kind == "~":
                stranger.connection.answers_pings = False
        self.house.flush()
        for stranger in waiting:
            if stranger.peer.stage is not Stage.OPENING:
                stranger.held = stranger.peer.read_on(self.house.now) > 0

    def _send(self, who: str, data: bytes) -> None:
        stranger = self.strangers.get(who) or self._connect(who)
        if not stranger.held and not stranger.connection.aborted:
            stranger.held = stranger.peer.receive(data, self.house.now) > 0

    def _connect(self, who: str) -> Stranger | StrangeLines:
        """As the transports do it."""
        stranger = (Stranger if who.isdigit() else StrangeLines)(self.house, "10.0.0.1")
        self.strangers[who] = stranger
        try:
            self.directory.enter(stranger.peer)
            if isinstance(stranger, StrangeLines):
                stranger.peer.enter("x" if who == "c" else "dots", ("Ada", "Alan"), self.house.now)
        except Refused as error:
            stranger.peer.disconnect(error.code, error.message)
        return stranger

    def _gone(self, stranger: Stranger | StrangeLines, *, clean: bool) -> None:
        stranger.hear()
        stranger.gone(clean=clean)
        self.strangers = {who: one for who, one in self.strangers.items() if one is not stranger}

    def _crash(self) -> None:
        self.house.crash()
        self.strangers.clear()
        self._witness_returns()

    def _disk_fails(self, disk: MemoryStore) -> None:
        """All who are in a room are sent away, and may come back."""
        disk.fail("the disk is full")
        disk.recover()
        self.house.poll()
        self.witness.gone()
        self._witness_returns()

    def _witness_returns(self) -> None:
        """The witness's room is opened again, and with it all that others have asked for."""
        self.house.held = False
        self.witness = self.house.come_back(self.witness)
        self.house.flush()
        self.house.held = self.held

    def wait(self, seconds: float) -> None:
        end = self.house.now + seconds
        while self.house.now < end:
            self.house.now = min(end, self.house.now + 1.0)
            for stranger in list(self.strangers.values()):
                if stranger.held:
                    stranger.held = stranger.peer.read_on(self.house.now) > 0
                if stranger.connection.aborted:
                    self._gone(stranger, clean=False)
            self.directory.sweep(self.house.now)
            self.house.flush()
            if self.disk is not None:
                self.disk.save()
                self.house.flush()

    def everyone_leaves(self) -> None:
        for stranger in list(self.strangers.values()):
            self._gone(stranger, clean=False)
        window = LIMITS["resume_window"] + LIMITS["empty_room"]
        self.wait(window + 3.0)


def conversation(data: bytes) -> None:
    """Play a script, and look after each step whether all is as it must be."""
    steps = list(steps_of(data))
    world = World(steps[0][0] if steps and steps[0][0] in "FRW" else "-")
    for kind, rest in steps:
        world.step(kind, rest)
        _check(world)
    world.everyone_leaves()
    _check(world)
    assert list(world.directory.rooms) == ["dots"], "a room is left that nobody can come back to"
    assert list(world.directory.peers) == [world.witness.peer]
    assert world.directory._observers._rooms == {}
    assert world.directory._waiting._by_room == world.directory._waiting._waits_for == {}
    assert list(world.directory.rooms["dots"].sessions) == ["Witness"]
    world.witness.do("still_here")
    world.house.flush()
    assert world.witness.hear_commands() == ["Witness: still_here []"], "the witness cannot act any more"


def steps_of(data: bytes) -> Iterator[tuple[str, bytes]]:
    for step in data.split(b"\0")[:STEPS]:
        if step:
            yield chr(step[0]), step[1:]


def _number(text: bytes) -> float:
    return float(text) if text.isdigit() and len(text) < 6 else 0.0


# ------------------------------------------------------------------ what must always be so


def _check(world: World) -> None:
    for stranger in world.strangers.values():
        stranger.hear()
        _check_is_up_to_date(stranger)
    world.witness.hear()
    dots = world.directory.rooms["dots"]
    assert not world.witness.connection.ended, "the witness was sent away"
    assert world.witness.seq == dots.log.last
    assert world.witness.state == dots.state, "the fold of what was heard is not the server's state"
    _check_directory(world.directory)


def _check_is_up_to_date(stranger: Stranger | StrangeLines) -> None:
    """Who is in a room and reads has heard all of it."""
    peer, session = stranger.peer, stranger.peer.session
    if peer.room is None or session is None or session.peer is not peer or session.cursor is None:
        return
    feed, cursor = peer.room.feed, session.cursor
    caught_up = feed._ready.get(cursor.connection) is cursor
    assert caught_up is not stranger.connection.behind
    assert (cursor in feed._lagging) is stranger.connection.behind
    if caught_up and isinstance(stranger, Stranger):
        assert stranger.seq in (-1, feed.flushed)


def _check_directory(directory: Directory) -> None:
    limits = directory.limits
    assert len(directory.peers) <= limits.connections
    opening = directory._waiting._by_room
    assert len(directory.rooms) + len(opening) <= limits.rooms
    assert not directory.rooms.keys() & opening.keys()
    for account, connections in Counter(peer.account for peer in directory.peers).items():
        assert account.connections == connections
    waiting = {peer: name for name, peers in opening.items() for peer in peers}
    assert waiting == directory._waiting._waits_for
    assert waiting.keys() == {
        peer for peer in directory.peers if isinstance(peer, Peer) and peer.stage is Stage.OPENING
    }
    for room in directory.rooms.values():
        _check_room(room, directory)


def _check_room(room: Room, directory: Directory) -> None:
    limits, log, players = room.limits, room.log, room.state.players
    assert len(log) <= limits.kept_entries * 1.1 + 1
    assert log.size <= limits.kept_bytes * 1.1 + limits.message_size
    assert log.first + len(log) == log.last + 1
    entries = log.entries(log.first - 1, log.last)
    assert [entry.s for entry in entries] == list(range(log.first, log.last + 1))
    private = sum(one.size for one in log.private_lines.values())
    assert log.size == sum(map(len, log._lines)) + OVERHEAD * len(log) + private

    for entry in entries:
        if isinstance(entry, Do):
            assert len(entry.c) <= limits.name_length
            assert len(entry.to or ()) <= limits.room_players
    assert room.seats._by_secret == {one.secret: one for one in room.sessions.values() if one.secret}
    assert len(players) <= limits.room_players
    assert players.keys() <= room.sessions.keys()
    assert len(room.sessions) <= limits.room_players * (2 + limits.resume_window / limits.seat_kept)
    for session in room.sessions.values():
        record = players.get(session.id)
        if session.peer is not None:
            assert record is not None
            assert record.here
            assert session.peer in directory.peers
            assert isinstance(session.peer, Peer)
            assert session.peer.session is session
            assert (session.cursor is None) == (session.peer.stage is Stage.OVER)
        elif record is not None:
            assert not record.here
        if session.left_state is not None:
            assert len(session.left_state) <= limits.player_state
    for record in players.values():
        assert len(codec.encode(record.state)) <= limits.player_state
    assert len(codec.encode(room.state.shared)) <= limits.room_state
    assert (room.empty_since is None) == bool(players)
    assert restore(snapshot(room.state)) == room.state
    assert all(code in CODES for code in {getattr(entry, "why", "left") for entry in entries})
