"""The players of one process, open loop: each command is sent at its due time, whatever became of earlier ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

import msgspec
import picows
from picows import WSFrame, WSListener, WSMsgType, WSTransport

from roomcast.core.protocol.messages import SUBPROTOCOL, Report
from roomcast.loadtest.latency import Latency
from roomcast.loadtest.workloads import Workload, room_name

TICK: Final = 100  # microseconds: resolution of arrival times
SILENCE_TIMEOUT: Final = 3.0  # seconds without a copy, after which missing copies count as lost
MAX_WAIT: Final = 15.0  # seconds of waiting in all, while copies still arrive
HOPELESS: Final = 500_000  # microseconds: a latency that ends a step early, since the backlog only grows
_TURN: Final = 0.0003  # seconds between two looks at the schedule
_KINDS: Final = (b"do", b"set", b"join", b"leave", b"away", b"back", b"hidden")
_HELD_BACK: Final = b'{"t":"error","code":"rate"'  # a server with limits says so
_ENTRIES: Final = tuple(b'{"t":"%b"' % kind for kind in _KINDS)
_AT_ONCE: Final = 64  # connections that are opened in parallel


class _Entry(msgspec.Struct):
    """The fields of a message that a player looks at."""

    t: str
    s: int = 0
    by: str = ""
    a: msgspec.Raw = msgspec.Raw(b"")
    p: msgspec.Raw = msgspec.Raw(b"")


class _Patch(msgspec.Struct):
    at: tuple[int, int]


_entry: Final = msgspec.json.Decoder(_Entry)
_pair: Final = msgspec.json.Decoder(tuple[int, int])
_patch: Final = msgspec.json.Decoder(_Patch)
_report: Final = msgspec.json.Decoder(Report)


def microseconds() -> int:
    """A monotonic clock that all processes of this computer share."""
    return time.perf_counter_ns() // 1000


class _Frame:
    """A frame that many players receive: parsed once; its arrivals are counted by tick."""

    __slots__ = ("due", "first", "last", "patches", "ticks", "waits_for")

    def __init__(self, payload: bytes, workload: Workload, players: int) -> None:
        entries = [_entry.decode(line) for line in payload.split(b"\n")]
        self.first, self.last = entries[0].s, entries[-1].s
        # Where the workload sends commands, patches come from others in the room.
        self.patches = [_patch.decode(one.p).at for one in entries if one.t == "set"] if workload.patches else []
        self.due = [_pair.decode(one.a)[1] for one in entries if one.t == "do"] + [due for _, due in self.patches]
        self.ticks: dict[int, int] = {}
        self.waits_for = players


class Player(WSListener):
    """One connection."""

    def __init__(self, group: PlayerGroup, index: int) -> None:
        self.group = group
        self.index = index
        self.seq = 0
        self.n = 0
        self.copies = 0
        self.every = 0  # report every n-th entry as done; 0: none
        self.gaps = 0  # places where an entry did not follow the last one
        self.counts = index < group.workload.connections  # the copies of newcomers are not counted
        self.welcomed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def join(self) -> None:
        """Connect, send hello, and wait for the welcome."""
        self.transport, _ = await picows.ws_connect(
            lambda: self,
            self.group.url,
            use_aiofastnet=False,
            extra_headers={"Sec-WebSocket-Protocol": SUBPROTOCOL},
            read_buffer_init_size=4096,
            max_frame_size=64 * 1024 * 1024,
        )
        hello = {"t": "hello", "room": self.group.room_of(self.index), "name": f"p{self.index}"}
        self.transport.send(WSMsgType.TEXT, msgspec.json.encode(hello))
        await self.welcomed

    def act(self, number: int, due: int, recipients: list[int]) -> None:
        """Send one command or patch; a command is private if it has recipients."""
        self.n += 1
        if self.group.workload.patches:
            message = b'{"t":"set","n":%d,"of":"me","p":{"at":[%d,%d]},"whole":true}' % (self.n, number, due)
        elif recipients:
            to = b",".join(b'"p%d"' % index for index in recipients)  # players are named by their index
            message = b'{"t":"do","n":%d,"c":"move","a":[%d,%d],"to":[%b]}' % (self.n, number, due, to)
        else:
            message = b'{"t":"do","n":%d,"c":"move","a":[%d,%d]}' % (self.n, number, due)
        self.transport.send(WSMsgType.TEXT, message)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
            return
        payload = frame.get_payload_as_bytes()
        if self.welcomed.done():
            if payload.startswith(b'{"t":"report"'):  # an observer watches the room: report, as programs do
                self.every = _report.decode(payload).every
                return
            before = self.seq
            self.group.take(self, payload)
            if self.every:
                self._report(before)
            return
        told = msgspec.json.decode(payload.partition(b"\n")[0])
        if told["t"] == "welcome":
            self.seq = told["s"]
            self.welcomed.set_result(None)
        else:
            self.group.trouble = self.group.trouble or str(told.get("message", told))

    def _report(self, before: int) -> None:
        """Report the entries after `before` as done, as the server asked: every n-th."""
        for seq in range(before + self.every - before % self.every, self.seq + 1, self.every):
            self.transport.send(WSMsgType.TEXT, b'{"t":"done","s":%d,"ran":0.01}' % seq)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.group.gone(self)
        if not self.welcomed.done():
            self.welcomed.set_exception(ConnectionError(self.group.trouble or "the server ended the connection"))


class PlayerGroup:
    """This process's part of all players: every `of`-th, beginning with number `share`."""

    def __init__(self, url: str, workload: Workload, share: int, of: int, prefix: str) -> None:
        self.url = url
        self.workload = workload
        self.latency, self.late = Latency(), Latency()
        self.copies = 0
        self.hopeless = False
        self.trouble = ""
        self.players: dict[int, Player] = {}
        self._share, self._of = share, of
        self._prefix = prefix
        self.latest: dict[int, int] = {}  # number of the newest patch, by sender
        self._frames: dict[bytes, _Frame] = {}
        # Arrivals of a frame until it can be dropped; 0: unknown, as newcomers come. Private frames have one reader.
        self._readers = 0 if workload.newcomers else 1 if workload.to else max(1, workload.players // of)
        self._arrived = 0  # ever
        self._leaving = False

    def room_of(self, index: int) -> str:
        """The room of a player; newcomers are spread over all rooms."""
        players = self.workload.connections
        room = index // self.workload.players if index < players else index % self.workload.rooms
        return room_name(self._prefix, room)

    async def join(self) -> None:
        """Join all players, `_AT_ONCE` in parallel. Raises ConnectionError with the server's reason."""
        places = asyncio.Semaphore(_AT_ONCE)

        async def one(index: int) -> None:
            async with places:
                self.players[index] = player = Player(self, index)
                await player.join()

        async with asyncio.TaskGroup() as group:
            for index in range(self._share, self.workload.connections, self._of):
                group.create_task(one(index))

    async def arrive(self, start: int) -> tuple[Latency, int]:
        """Join the newcomers, evenly within a second from `start`.

        Returns how long each took from its due time, and the microseconds until all were in.
        """
        took, last = Latency(), 0
        first, count = self.workload.connections, self.workload.newcomers

        async def one(number: int) -> None:
            nonlocal last
            due = start + number * 1_000_000 // count
            await asyncio.sleep((due - microseconds()) / 1e6)
            self.players[first + number] = player = Player(self, first + number)
            await player.join()
            took.add(microseconds() - due)
            last = max(last, microseconds() - start)

        async with asyncio.TaskGroup() as group:
            for number in range(self._share, count, self._of):
                group.create_task(one(number))
        return took, last

    async def step(
        self, commands: int, interval: float, start: int, *, to_the_end: bool
    ) -> tuple[list[int], list[int]]:
        """Send this process's part of the commands; number k is due at start + k × interval, in microseconds.

        Ends early where a latency is hopeless, unless `to_the_end`. Returns the commands sent, by room; and for private
        ones, how many of them each connection must get ([] where commands are public).
        """
        self.latency, self.late = Latency(), Latency()
        self.copies, self.hopeless = 0, False
        workload = self.workload
        sent = [0] * workload.rooms
        addressed = [0] * workload.connections if workload.to else []
        number = 0
        while number < commands and not self.trouble and (to_the_end or not self.hopeless):
            now = microseconds()
            while number < commands and (due := start + int(number * interval)) <= now:
                sender = workload.sender(number)
                if sender % self._of == self._share:
                    recipients = workload.recipients(number) if workload.to else []
                    self.late.add(now - due)
                    self.players[sender].act(number, due, recipients)
                    sent[number % workload.rooms] += 1
                    for index in (sender, *recipients) if recipients else ():
                        addressed[index] += 1
                number += 1
            await asyncio.sleep(_TURN)
        return sent, addressed

    async def until(self, condition: Callable[[], bool]) -> None:
        """Poll a condition; give up after `SILENCE_TIMEOUT` seconds without a frame, or `MAX_WAIT` in all."""
        began = time.monotonic()
        seen, give_up = self._arrived, began + SILENCE_TIMEOUT
        while not condition() and time.monotonic() < give_up and not self.trouble:
            await asyncio.sleep(0.01)
            if self._arrived != seen:
                seen, give_up = self._arrived, min(time.monotonic() + SILENCE_TIMEOUT, began + MAX_WAIT)

    def finish(self) -> None:
        """Count the frames that are still cached."""
        for frame in self._frames.values():
            self._fold(frame)
        self._frames.clear()

    def take(self, player: Player, payload: bytes) -> None:
        """Take in a frame that one player received."""
        if payload.startswith(_HELD_BACK):
            return  # it is late: that will show
        if not payload.startswith(_ENTRIES):
            self.trouble = self.trouble or f"the server said: {payload[:200].decode(errors='replace')}"
            return
        frame = self._frames.get(payload)
        if frame is None:
            frame = self._frames[payload] = _Frame(payload, self.workload, self._readers)
            for number, _ in frame.patches:
                self.latest[number % self.workload.senders] = number
        if frame.first != player.seq + 1:
            player.gaps += 1
        player.seq = frame.last
        if not player.counts:
            return
        copies = len(frame.due)
        player.copies += copies
        self.copies += copies
        self._arrived += 1
        now = microseconds()
        if frame.due and now - frame.due[0] > HOPELESS:
            self.hopeless = True
        tick = now // TICK
        frame.ticks[tick] = frame.ticks.get(tick, 0) + 1
        frame.waits_for -= 1
        if not frame.waits_for:
            del self._frames[payload]
            self._fold(frame)

    def _fold(self, frame: _Frame) -> None:
        add = self.latency.add
        for tick, times in frame.ticks.items():
            now = tick * TICK
            for due in frame.due:
                add(now - due, times)

    def gone(self, player: Player) -> None:
        if not self._leaving:
            self.trouble = self.trouble or f"the server ended the connection of player {player.index}"

    def leave(self) -> None:
        self._leaving = True
        for player in self.players.values():
            player.transport.disconnect()
