"""A player that reads at a given pace and records what it read: entries, and the ranges that it was told it skipped.

It reads its socket itself, a few bytes at a time, so that unread data stays in the kernel and at the server.
"""

from __future__ import annotations

import asyncio
import math
import socket
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from conversation import Conversation
from msgspec import Raw

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import (
    AnyEntry,
    Bye,
    Entry,
    Error,
    Hello,
    Resume,
    SetRequest,
    Skipped,
    Snapshot,
    Welcome,
)
from roomcast.core.room.fold import EMPTY, RoomState, apply, restore, snapshot

PIECE = 256  # bytes at a time, for a slow reader
RECONNECT_AFTER = 0.2  # seconds


@dataclass
class Reading:
    """What a player has read: where it began, every entry since, and where it was told that it skipped entries."""

    seq: int = 0
    state: RoomState = field(default_factory=lambda: EMPTY)
    lines: dict[int, bytes] = field(default_factory=dict)  # by seq
    entries: dict[int, AnyEntry] = field(default_factory=dict)
    snapshots: list[tuple[int, Snapshot]] = field(default_factory=list)  # each snapshot it started from, with its seq
    skipped: int = 0  # entries
    wrong: list[str] = field(default_factory=list)  # violations of the protocol

    def entry(self, entry: AnyEntry, line: bytes) -> None:
        if entry.s != self.seq + 1:
            self.wrong.append(f"entry {entry.s} came after {self.seq}")
        self.seq = entry.s
        self.lines[entry.s], self.entries[entry.s] = line, entry
        self.state = apply(self.state, entry)

    def start(self, seq: int, taken: Snapshot) -> None:
        self.seq, self.state = seq, restore(taken)
        self.snapshots.append((seq, taken))

    def skip(self, skipped: Skipped) -> None:
        if skipped.first != self.seq + 1 or skipped.last < skipped.first:
            self.wrong.append(f"skipped {skipped.first} to {skipped.last} came after {self.seq}")
        self.skipped += skipped.last - skipped.first + 1
        self.start(skipped.last, skipped.snapshot)

    def compare(self, whole: Reading) -> list[str]:
        """What contradicts a player that has read every entry; [] if nothing does."""
        wrong = list(self.wrong)
        if self.seq != whole.seq:
            wrong.append(f"it ends at {self.seq}, the log at {whole.seq}")
        wrong += [f"entry {seq} is another" for seq, line in self.lines.items() if whole.lines.get(seq, line) != line]
        missing = whole.seq - self.snapshots[0][0] - len(self.lines) - self.skipped
        if missing:
            wrong.append(f"{missing} entries were neither read nor told as skipped")
        begin, first = whole.snapshots[0]
        state, at = restore(first), begin
        for seq, taken in [*self.snapshots, (self.seq, snapshot(self.state))]:
            if seq < begin:
                continue  # it joined before the player that has every entry
            for place in range(at + 1, seq + 1):
                state = apply(state, whole.entries[place])
            at = seq
            if restore(taken) != state:  # the time in it is not of the state
                wrong.append(f"the snapshot at {seq} is not what the log makes of it")
        return wrong


class Reader:
    """One player, which reconnects by itself. `pace` is in bytes a second; 0: it does not read."""

    def __init__(self, url: str, room: str, name: str, pace: float = math.inf) -> None:
        self.reading = Reading()
        self.drops = 0  # connections that were lost
        self._url = url
        self._room = room
        self._name = name
        self._pace = pace
        self._may_read = asyncio.Event()
        self._writing = asyncio.Lock()
        self._session = ""
        self._n = 0
        self._task = asyncio.create_task(self._run())

    def read_all(self) -> None:
        """Read as fast as data comes, from now on."""
        self._pace = math.inf
        self._may_read.set()

    async def leave(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._socket.close()

    async def share(self, key: str, value: int) -> None:
        """Set one key of the room's shared state."""
        self._n += 1
        self._conversation.say(codec.encode(SetRequest(self._n, "room", Raw(codec.encode({key: value})))))
        await self._write()

    async def _run(self) -> None:
        while True:
            try:
                await self._connect()
                while await self._read():
                    pass
            except OSError:
                pass
            self._socket.close()
            self.drops += 1
            await asyncio.sleep(RECONNECT_AFTER)

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        where = urlsplit(self._url)
        self._socket = socket.socket()
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1448)  # as on Ethernet; loopback has 64 KiB
        self._socket.setblocking(False)
        await loop.sock_connect(self._socket, (where.hostname, where.port))
        self._conversation = Conversation(self._url)
        self._greeted = False
        await self._write()

    async def _read(self) -> bool:
        """Read a piece; False at the end of the connection."""
        known = bool(self._session)
        if known and not self._pace:
            await self._may_read.wait()
        size = 65536 if self._pace == math.inf or not known else PIECE
        data = await asyncio.get_running_loop().sock_recv(self._socket, size)
        for line in self._conversation.receive(data):
            self._take(line)
        if data and self._conversation.is_open and not self._greeted:
            self._greeted = True
            resume = Resume(self._session, self.reading.seq) if known else None
            self._conversation.say(codec.encode(Hello(self._room, self._name, resume=resume)))
        await self._write()
        if size == PIECE:
            await asyncio.sleep(len(data) / self._pace)
        return bool(data)

    async def _write(self) -> None:
        async with self._writing:
            await asyncio.get_running_loop().sock_sendall(self._socket, self._conversation.to_send())

    def _take(self, line: bytes) -> None:
        message = codec.decode_server(line)
        if isinstance(message, Entry):
            self.reading.entry(message, line)
        elif isinstance(message, Skipped):
            self.reading.skip(message)
        elif isinstance(message, Welcome):
            self._session = message.session
            if message.snapshot is not None:
                if self.reading.snapshots:
                    self.reading.wrong.append("its session was forgotten")
                self.reading.start(message.s, message.snapshot)
        elif isinstance(message, Bye | Error):
            self.reading.wrong.append(message.message)
