"""A player that reads as fast as it is told to, and remembers what it read: entries, and what it was told it skipped.

It reads its socket itself, a few bytes at a time, so that what it leaves waits in the system and at the server.
"""

from __future__ import annotations

import asyncio
import math
import socket
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import AnyEntry, Bye, Entry, Error, Hello, Put, Resume, Skipped, Snapshot, Welcome
from roomcast.core.room.fold import EMPTY, RoomState, apply, restore, snapshot

PIECE = 256  # bytes at a time, for one who reads slowly
COME_BACK_AFTER = 0.2  # seconds


@dataclass
class Reading:
    """What a player has read: where it began, every entry since, and the places where it was told that it skipped."""

    seq: int = 0
    state: RoomState = EMPTY
    lines: dict[int, bytes] = field(default_factory=dict)  # by seq
    entries: dict[int, AnyEntry] = field(default_factory=dict)
    snapshots: list[tuple[int, Snapshot]] = field(default_factory=list)  # those it started from, and their seqs
    skipped: int = 0  # entries
    wrong: list[str] = field(default_factory=list)  # what no server may say

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
        """What is wrong with it beside one that has every entry: nothing, where all is well."""
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
                continue  # it came before the one that has every entry
            for place in range(at + 1, seq + 1):
                state = apply(state, whole.entries[place])
            at = seq
            if taken != snapshot(state):
                wrong.append(f"the snapshot at {seq} is not what the log makes of it")
        return wrong


class Reader:
    """One player; it comes back by itself when its connection is lost. `pace`: bytes a second; 0: it does not read."""

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
        """Read as fast as it comes, from now on."""
        self._pace = math.inf
        self._may_read.set()

    async def leave(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._socket.close()

    async def share(self, key: str, value: int) -> None:
        """Put something into the room's state."""
        self._n += 1
        self._protocol.send_text(codec.encode(Put(self._n, "room", {key: value})))
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
            await asyncio.sleep(COME_BACK_AFTER)

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        where = urlsplit(self._url)
        self._socket = socket.socket()
        self._socket.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1448
        )  # as on a real network, not as in one computer
        self._socket.setblocking(False)
        await loop.sock_connect(self._socket, (where.hostname, where.port))
        self._protocol = ClientProtocol(parse_uri(self._url), max_size=2**26)
        self._protocol.send_request(self._protocol.connect())
        self._greeted = False
        await self._write()

    async def _read(self) -> bool:
        """Read a piece; False at the end of the connection."""
        known = bool(self._session)
        if known and not self._pace:
            await self._may_read.wait()
        size = 65536 if self._pace == math.inf or not known else PIECE
        data = await asyncio.get_running_loop().sock_recv(self._socket, size)
        self._protocol.receive_data(data) if data else self._protocol.receive_eof()
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                for line in codec.lines_of(bytes(event.data)):
                    self._take(line)
            elif not isinstance(event, Frame) and not self._greeted:
                self._greeted = True
                resume = Resume(self._session, self.reading.seq) if known else None
                self._protocol.send_text(codec.encode(Hello(self._room, self._name, resume=resume)))
        await self._write()
        if size == PIECE:
            await asyncio.sleep(len(data) / self._pace)
        return bool(data)

    async def _write(self) -> None:
        async with self._writing:
            for data in self._protocol.data_to_send():
                if data:
                    await asyncio.get_running_loop().sock_sendall(self._socket, data)

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
                    self.reading.wrong.append("it was no longer known")
                self.reading.start(message.s, message.snapshot)
        elif isinstance(message, Bye | Error):
            self.reading.wrong.append(message.message)
