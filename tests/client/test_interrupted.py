"""Ctrl-C, and handlers of signals, at every moment inside a call: each step is whole, or was never begun."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import Raw

from roomcast import Player
from roomcast.client.game import Room
from roomcast.client.network_runner import NetworkThread
from roomcast.client.where import parse_where
from roomcast.core.client.client_core import ClientCore
from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import (
    Away,
    Back,
    Desync,
    Do,
    DoRequest,
    Error,
    Hidden,
    Join,
    Leave,
    PlayerRecord,
    Set,
    Skipped,
    Snapshot,
)
from roomcast.core.protocol.names import PARCEL
from roomcast.errors import RoomBusy
from tests.client.interruptions import every_moment, in_the_program, interrupt
from tests.client.offline_room import OfflineRoom
from tests.core.entries import raw

pytestmark = pytest.mark.takes(45)

SENDS: dict[str, Callable[[Room], object]] = {
    "send": lambda room: room.send("move", 1, {"dx": 2}),
    "send to some": lambda room: room.send("move", 1, to="Alan"),
    "the newest alone": lambda room: room.send("aim", 1, latest=True, ttl=60),
    "bytes": lambda room: room.send("picture", b"\x89PNG" * 10),
    "the room's state": lambda room: room.state.update(level=1),
    "own state": lambda room: room.me.update(x=1, y=[1, 2]),
    "a function": lambda room: room.everywhere(move)(3),
    "a check": lambda room: room._sender.check(1, 2, "digest"),
}


def move(player: Player, dx: int) -> None:
    """A function of the program."""


def numbers(room: OfflineRoom) -> list[int]:
    return [message.n for message in room.written() if hasattr(message, "n")]


@pytest.mark.parametrize("what", SENDS)
def test_a_number_and_its_message_are_one_step(what: str) -> None:
    """Else the next message has a number that the server does not expect, and all is lost."""
    for moment in every_moment():
        room = OfflineRoom()
        room.send("first")
        broken_off = interrupt(lambda room=room: SENDS[what](room), moment, strictly=True)
        room.send("last")
        sent = [message for message in room.written() if not hasattr(message, "d")]
        assert [message.n for message in sent] == list(range(1, len(sent) + 1)), moment
        commands = [message.c for message in sent if isinstance(message, DoRequest)]
        assert (commands[0], "last" in commands) == ("first", True)
        assert room.unacknowledged == len(sent)
        if not broken_off:
            break


@pytest.mark.parametrize("what", SENDS)
def test_a_signal_handler_may_send_at_any_moment(what: str) -> None:
    for moment in every_moment():
        room = OfflineRoom()
        interrupted = interrupt(
            lambda room=room: SENDS[what](room), moment, lambda room=room: room.send("from_the_handler")
        )
        sent = [message for message in room.written() if not hasattr(message, "d")]
        assert [message.n for message in sent] == list(range(1, len(sent) + 1)), moment
        if not interrupted:
            break
        commands = [message.c for message in sent if isinstance(message, DoRequest)]
        assert commands.count("from_the_handler") == 1


def test_a_signal_handler_may_send_what_is_newer_while_the_network_writes() -> None:
    """On asyncio, handlers run in the thread of the network."""
    for moment in every_moment():
        room, frames = OfflineRoom(), [b""]
        room.send("aim", 1, latest=True)
        room.send("shot")
        interrupted = interrupt(
            lambda room=room, frames=frames: frames.append(room.core.next_frame(0.0)),
            moment,
            lambda room=room: room.send("aim", 2, latest=True),
        )
        sent: list[Any] = [*map(codec.decode_client, codec.lines_of(frames[-1])), *room.written()]
        assert [message.n for message in sent] == list(range(1, len(sent) + 1)), moment
        aims = [bytes(message.a) for message in sent if message.c == "aim"]
        assert len(sent) + room.outdated == 2 + interrupted
        assert aims[-1] == (b"[2]" if interrupted else b"[1]")
        if not interrupted:
            break


EVENTS = (
    Do(3, "Alan", 0, "step", Raw(b"[1]"), 1),
    Set(4, "Alan", 0, "room", raw({"level": 1, "door": {"open": True}}), False, 2),
    Set(5, "Alan", 0, "me", raw({"x": 1, "y": 2}), True, 3),
    Join(6, "Joan", 0, "Joan"),
    Do(7, "Alan", 0, PARCEL, Raw(b'{"id":1,"c":"picture","a":[""],"sizes":[[0,6]],"b":"AAAA"}'), 4),
    Do(8, "Joan", 0, PARCEL, Raw(b'{"id":1,"c":"picture","a":[""],"sizes":[[0,9]],"b":"AAAA"}'), 1),
    Do(9, "Alan", 0, PARCEL, Raw(b'[1,3,"AAAA"]'), 5),
    Hidden(10),
    Away(11, "Joan", 0),
    Back(12, "Joan", 0),
    Do(13, "Alan", 0, "step", Raw(b'["no number"]'), 6),
    Leave(14, "Joan", 0),
    Set(15, "Alan", 0, "room", raw({"door": {"open": False}, "level": None}), False, 7),
    Desync(16, "", 0, 10, ("Alan",)),
    Error("bad-argument", "no", 0),
    Do(17, "Alan", 0, PARCEL, Raw(b'{"id":2,"c":"picture","a":[""],"sizes":[[0,9]],"b":"AAAA"}'), 8),
    Skipped(
        18, 20, Snapshot((PlayerRecord("Ada", "Ada"), PlayerRecord("Grace", "Grace", True, {"z": 1})), {"level": 9}), 0
    ),
    Do(21, "Grace", 0, "step", Raw(b"[2]"), 1),
)


PART = 3
PARTS = range(0, len(EVENTS), PART)


class Program:
    """Notes what its functions are called with, and what they see of the room."""

    def __init__(self, part: int = -1) -> None:
        """`part`: where in `EVENTS`; what comes before it has been run. -1: all of them, and nothing has."""
        self.room = OfflineRoom()
        self.ran: list[Any] = []
        for event in ("join", "leave", "away", "back", "set", "error", "desync", "progress", "skipped"):
            self.room.on(event)(lambda *what, event=event: self.note(event, *what))
        self.room.on("step")(self.step)
        self.room.on("step")(lambda number: self.note("also", number))
        self.room.on("picture")(lambda data: self.note("picture", data))
        self.room.check(self.state, every=4)
        if part < 0:
            self.room.hear(*EVENTS)
        else:
            if part:
                self.room.hear(*EVENTS[:part])
            self.run()
            self.room.hear(*EVENTS[part : part + PART])

    def run(self) -> None:
        """Run all that has arrived."""
        while self.room._inbox.waiting or self.room._inbox.queue.calls:
            self.room.pump()

    def step(self, player: Player, number: int) -> None:
        self.note("step", player, number)

    def state(self) -> list[Any]:
        self.note("hashed")
        return [repr(one) for one in self.ran]

    def note(self, *what: Any) -> None:
        room = self.room
        with in_the_program():
            states = dict(room.state.items()), [dict(one.items()) for one in room.players]
            self.ran.append((room.seq, *map(str, what), *states))

    def result(self) -> Any:
        room = self.room
        players = [(one.id, one.name, one.here, dict(one.items())) for one in room.players]
        return self.ran, dict(room.state.items()), players, room.seq, len(room.core.events), room.closed


def uninterrupted(part: int) -> Any:
    program = Program(part)
    program.run()
    return program.result()


@pytest.mark.parametrize("part", PARTS)
def test_an_entry_is_run_whole_or_not_at_all(part: int) -> None:
    expected = uninterrupted(part)
    for moment in every_moment():
        program = Program(part)
        broken_off = interrupt(program.room.pump, moment)
        program.run()
        assert program.result() == expected, f"broken off at moment {moment}"
        if not broken_off:
            break


def test_what_a_program_reads_after_an_interruption_is_the_state_between_two_entries() -> None:
    between: set[str] = set()
    program = Program()
    for _ in range(100):
        between.add(repr((program.room.seq, *program.result()[1:3])))
        if program.room.pump(budget=0.0) == 0 and not program.room._inbox.waiting:
            break
        inbox = program.room._inbox
        inbox.queue.make_next() if inbox.queue.calls else inbox.next()
    for moment in range(0, 20_000, 7):
        program = Program()
        broken_off = interrupt(program.room.pump, moment)
        assert repr((program.room.seq, *program.result()[1:3])) in between, moment
        if not broken_off:
            break


@pytest.mark.parametrize("part", PARTS)
def test_a_signal_handler_may_send_while_entries_are_run(part: int) -> None:
    for moment in every_moment():
        program = Program(part)
        room = program.room
        room.written()
        interrupted = interrupt(room.pump, moment, lambda room=room: room.send("from_the_handler"))
        program.run()
        sent = [message for message in room.written() if isinstance(message, DoRequest)]
        assert [message.n for message in sent] == [1] * interrupted
        if not interrupted:
            break


@pytest.mark.parametrize("part", PARTS)
def test_a_signal_handler_that_pumps_in_the_middle_of_an_entry_is_refused(part: int) -> None:
    expected, refused = uninterrupted(part), 0

    def pump(room: Room) -> None:
        nonlocal refused
        try:
            room.pump()
        except RoomBusy:
            refused += 1

    for moment in every_moment():
        program = Program(part)
        interrupted = interrupt(program.room.pump, moment, lambda program=program: pump(program.room))
        program.run()
        assert program.result() == expected, f"interrupted at moment {moment}"
        if not interrupted:
            break
    assert refused


class Wire:
    """A `ClientNetwork`, and its one connection."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def connect(self, url: str, subprotocol: str, events: Any) -> Wire:
        return self

    def write(self, frame: bytes) -> bool:
        self.written.append(frame)
        return True

    def abort(self) -> None: ...


@pytest.mark.parametrize("again", ["send", "pump"])
def test_the_network_is_woken_whatever_breaks_off_the_sending(again: str) -> None:
    """After the next call, at the latest."""
    for moment in every_moment():
        room, wire = OfflineRoom(), Wire()
        room._network = room._sender.waker = network = NetworkThread(parse_where("localhost/dots"), room.core, wire)
        loop, link = network.loop, network._link
        link._connection, link._may_write, link.connected = wire, True, True
        broken_off = interrupt(lambda room=room: room.send("first"), moment)
        if again == "send":
            room.send("second")
        else:
            room.pump()
        loop.run_until_complete(asyncio.sleep(0))
        handed = list(room.core.outbox.handed)
        loop.close()
        assert handed == [], moment
        if not broken_off:
            break


def test_the_core_is_ended_once_however_often_that_is_broken_off() -> None:
    for moment in every_moment():
        core = ClientCore("dots", "Ada", chance=lambda: 1.0)
        broken_off = interrupt(core.leave, moment)
        core.leave()
        assert core.over is not None
        assert core.events.count(core.over) == 1
        if not broken_off:
            break
