"""Those who are no witnesses: starter clients, copies of a program, and senders of garbage."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from roomcast.core.protocol.messages import Do, Join
from tests.reliability.truth import Truth
from tests.reliability.witness import Witness

GONE = (OSError, EOFError, TimeoutError, WebSocketException)
KEPT = 500  # entries of a room that the server keeps for those who fall behind
ENDS_WITHIN = 20.0  # seconds that the server may take to end the connection of one who sends garbage


@dataclass
class Starter:
    """One starter client, and what it heard."""

    word: str  # which nobody else says
    said: int = 0
    heard: list[str] = field(default_factory=list)

    async def play(self, port: int, seconds: float, *, clean: bool) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        listening = asyncio.create_task(self._listen(reader))
        try:
            end = asyncio.get_running_loop().time() + seconds
            while asyncio.get_running_loop().time() < end and not listening.done():
                self.said += 1
                writer.write(f"wave {self.word} {self.said}\n".encode())
                await writer.drain()
                await asyncio.sleep(0.1)
        except OSError:
            pass
        finally:
            if clean:
                writer.close()
            else:
                writer.transport.abort()
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(*GONE):
            while line := await reader.readuntil(b"\n"):
                self.heard.append(line.decode().rstrip("\n"))

    def judge(self, truth: Truth, check: Callable[[bool, str], None]) -> None:
        """It must have heard what the others did since it came, in order, and never itself."""
        mine = [
            place
            for place, entry in enumerate(truth.entries)
            if isinstance(entry, Do) and entry.c == "wave" and msgspec.json.decode(entry.a)[0] == self.word
        ]
        numbers = [int(msgspec.json.decode(truth.entries[place].a)[1]) for place in mine]  # type: ignore[union-attr]
        check(
            numbers == list(range(1, len(numbers) + 1)), f"{self.word}: it said 1 to {self.said}, the log has {numbers}"
        )
        if not mine or not self.heard:
            return  # it went before anything reached the server, or before the greeting reached it
        me = truth.entries[mine[0]].by
        came = max(place for place in range(mine[0]) if _is_join(truth, place, me))
        own = next((place for place, line in enumerate(self.heard) if line.split() == ["myIDis", me]), None)
        check(own is not None, f"{self.word}: it never heard that it is {me}")
        should = [_line(entry) for entry in truth.entries[came + 1 :] if isinstance(entry, Do) and entry.by != me]
        should = [line for line in should if line]
        did = [line for line in self.heard[(own or 0) + 1 :] if not line.startswith(("newPlayer ", "error "))]
        check(_follows(did, should), f"{self.word}: what it heard is not what the others did")


def _follows(did: list[str], should: list[str]) -> bool:
    """Whether it heard all in order. Who reads too slowly skips much of what the server keeps, and nobody tells it."""
    place = 0
    for line in did:
        try:
            found = should.index(line, place)
        except ValueError:
            return False
        if 0 < found - place < KEPT // 2:
            return False
        place = found + 1
    return True


def _is_join(truth: Truth, place: int, player: str) -> bool:
    entry = truth.entries[place]
    return isinstance(entry, Join) and entry.by == player


def _line(entry: Do) -> str:
    if entry.to is not None:
        return ""
    details = [one if isinstance(one, str) else json.dumps(one) for one in msgspec.json.decode(entry.a)]
    return " ".join([entry.c, entry.by, *details])


async def copy_of(witness: Witness, port: int) -> str:
    """A second connection for its session, as a copy of the program would make. How it went: "" if it did not."""
    client = witness.room._core  # type: ignore[union-attr]
    resume = {"session": client._secret, "seen": client.seen, "epoch": client._epoch}
    hello = {"t": "hello", "room": client.room, "name": witness.name, "resume": resume}
    try:
        async with asyncio.timeout(ENDS_WITHIN), connect(f"ws://127.0.0.1:{port}/", compression=None) as socket:
            await socket.send(json.dumps(hello))
            welcome = json.loads((await socket.recv()).partition("\n")[0])  # type: ignore[arg-type]
            if not welcome.get("resumed"):
                return ""  # it came too late for this session
            me = welcome["me"]
            return "resumed" if me == client.me else f"it was taken for {me}"
    except GONE:
        return ""


WRONG = (
    '{"t":"do","n":1,"c":"move"}',
    '{"t":"hello","room":"a/b"}',
    '{"t":"hello","room":"safe","name":"bad\\u0000name"}',
    '{"t":"hello","room":"safe","v":[99]}',
    '{"t":"hello"',
    "[" * 3000,
    "null",
    '{"t":"nonsense"}',
    '{"t":"hello","room":"safe","resume":{"session":"x","seen":-5}}{',
)


async def garbage_frames(port: int, chance: random.Random) -> bool:
    """Frames that are no messages. Whether the server ended the connection."""
    try:
        async with connect(f"ws://127.0.0.1:{port}/", compression=None) as socket:
            await socket.send(_garbage(chance))
            async with asyncio.timeout(ENDS_WITHIN):
                async for _ in socket:
                    pass
    except TimeoutError:
        return False
    except GONE:
        pass
    return True


def _garbage(chance: random.Random) -> str | bytes:
    kind = chance.randrange(3)
    if kind == 0:
        return chance.randbytes(chance.randrange(1, 3000))
    text = chance.choice(WRONG)
    if kind == 1:
        return text
    return "".join(chance.choice(text) for _ in range(chance.randrange(1, 200)))


async def untrusted(port: int, chance: random.Random) -> str:
    """Come as nobody may who is trusted. What let us in all the same; "": nothing."""
    headers = {"Host": f"127.0.0.1:{port}", "Sec-WebSocket-Protocol": "roomcast.1"}
    wrong = chance.choice(["another site", "a foreign name", "a wrong token"])
    if wrong != "a wrong token":
        headers["Origin"] = f"http://evil.example:{port}"
    if wrong == "a foreign name":
        headers["Host"] = f"evil.example:{port}"
    try:
        status = await _upgrade(port, headers)
    except GONE:
        return ""
    if wrong != "a wrong token":
        return wrong if status == 101 else ""
    try:
        async with asyncio.timeout(ENDS_WITHIN), connect(f"ws://127.0.0.1:{port}/", compression=None) as socket:
            await socket.send(json.dumps({"t": "watch", "room": "safe", "token": f"{chance.random()}"}))
            first = json.loads((await socket.recv()).partition("\n")[0])  # type: ignore[arg-type]
            return "" if first["t"] == "error" else wrong
    except GONE:
        return ""


async def _upgrade(port: int, headers: dict[str, str]) -> int:
    """Ask for a WebSocket connection with these headers. Returns the status of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = ["GET / HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
    lines += ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", *(f"{name}: {value}" for name, value in headers.items())]
    try:
        writer.write("\r\n".join([*lines, "", ""]).encode())
        async with asyncio.timeout(ENDS_WITHIN):
            words = (await reader.readline()).split()
            return int(words[1]) if len(words) > 1 else 0  # 0: the server went
    finally:
        writer.transport.abort()


NUMBERS = ("NaN", "Infinity", "-Infinity", "9" * 5000, "01", "0x10", "1.", "+1")


async def numbers(port: int, chance: random.Random) -> str:
    """Send a command whose argument is no number that all can read. Which one was taken; "": none."""
    number = chance.choice(NUMBERS)
    try:
        async with asyncio.timeout(ENDS_WITHIN), connect(f"ws://127.0.0.1:{port}/", compression=None) as socket:
            await socket.send(json.dumps({"t": "hello", "room": "safe", "name": "stranger"}))
            welcome = json.loads((await socket.recv()).partition("\n")[0])  # type: ignore[arg-type]
            if welcome["t"] != "welcome":
                return ""  # the server is closing
            me = welcome["me"]
            await socket.send(f'{{"t":"do","n":1,"c":"cheer","a":[{number}]}}')
            async for frame in socket:
                for line in str(frame).splitlines():
                    message = json.loads(line)
                    if message["t"] in ("error", "bye"):
                        return ""
                    if message["t"] == "do" and message["by"] == me:
                        return number
    except GONE:
        pass
    return ""


async def garbage_bytes(port: int, chance: random.Random) -> bool:
    """Bytes that are no protocol at all. Whether the server ended the connection, when we had ended our half."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(chance.randbytes(chance.randrange(1, 100_000)))
            writer.write_eof()
            async with asyncio.timeout(ENDS_WITHIN):
                while await reader.read(65536):
                    pass
        finally:
            writer.transport.abort()
    except TimeoutError:
        return False
    except GONE:
        pass
    return True
