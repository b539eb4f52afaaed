"""Latency of commands while a picture of 3 MB is mailed again and again; and whether each picture arrives whole.

    make parcel                        mailed by a player in Python
    make parcel ARGS="--by node"       mailed by a player on roomcast.js, in Node

The server has its default limits. The mailer is a process of its own. In this process one player sends 20 commands a
second, open loop, and another one receives them; both receive the pictures, too. The exit code is 1 if a picture is not
whole, a command is missing, or 1 % of the commands take longer than --within.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import roomcast
from roomcast.loadtest.server_process import serving

TOP = Path(__file__).resolve().parent.parent
PAUSE = 0.05  # seconds between two commands


def data_of(size: int) -> bytes:
    """The picture: the same bytes that tests/js/player.mjs sends."""
    return (bytes((i * 31) % 251 for i in range(251)) * (size // 251 + 1))[:size]


def mail(where: str, size: int) -> None:
    """The mailer in Python: sends one picture for each line on standard input."""
    with roomcast.join(where, name="mailer") as room:
        print("in", flush=True)
        for _ in sys.stdin:
            room.send("picture", "from python", data_of(size))
            while room.unacknowledged:
                room.pump(wait=0.01)


class Listener:
    """A player that records the latency of commands and the pictures that arrive."""

    def __init__(self, room: roomcast.AsyncRoom) -> None:
        self.room = room
        self.late: list[float] = []
        self.pictures: list[str] = []
        room.command("tick")(lambda player, due: self.late.append(time.perf_counter() - due))
        room.command("picture")(self.picture)

    def picture(self, player: roomcast.Player, name: str, data: bytes) -> None:
        self.pictures.append(hashlib.sha256(data).hexdigest())

    async def follow(self) -> None:
        async for _ in self.room:
            pass


async def play(
    where: str, mailer: subprocess.Popen[str], size: int, times: int
) -> tuple[list[Listener], int, list[float]]:
    """Mail pictures. Returns the listeners, the number of commands sent, and the seconds that each picture took."""
    async with (
        roomcast.connect(where, name="talker") as talker,
        roomcast.connect(where, name="hearer") as hearer,
    ):
        listeners = [Listener(talker), Listener(hearer)]
        following = [asyncio.create_task(one.follow()) for one in listeners]
        sent, took = 0, []
        started = time.perf_counter()
        for turn in range(1, times + 1):
            began = time.perf_counter()
            assert mailer.stdin is not None
            mailer.stdin.write(f"picture {size}\n")
            mailer.stdin.flush()
            while min(len(one.pictures) for one in listeners) < turn:
                due = started + sent * PAUSE
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                talker.send("tick", due)
                sent += 1
            took.append(time.perf_counter() - began)
        while min(len(one.late) for one in listeners) < sent:  # noqa: ASYNC110  # the two listeners have no common event
            await asyncio.sleep(0.01)
        for task in following:
            task.cancel()
        return listeners, sent, took


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--by", choices=["python", "node"], default="python", help="language of the mailer")
    options.add_argument("--size", type=int, default=3_000_000, help="bytes of the picture")
    options.add_argument("--times", type=int, default=10, help="pictures")
    options.add_argument("--within", type=float, default=0.05, help="seconds that 99 %% of the commands may take")
    options.add_argument("--mailer", help=argparse.SUPPRESS)
    wanted = options.parse_args()
    if wanted.mailer:
        mail(wanted.mailer, wanted.size)
        return
    with serving(limits=()) as server:
        where = f"{server.url}dots"
        programs: dict[str, list[Any]] = {
            "python": [sys.executable, __file__, "--mailer", where, "--size", str(wanted.size)],
            "node": ["node", TOP / "tests/js/player.mjs", where, "mailer"],
        }
        with subprocess.Popen(programs[wanted.by], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as mailer:
            assert mailer.stdin is not None
            assert mailer.stdout is not None
            mailer.stdout.readline()  # it is in
            listeners, sent, took = asyncio.run(play(where, mailer, wanted.size, wanted.times))
            mailer.terminate()
    right = hashlib.sha256(data_of(wanted.size)).hexdigest()
    whole = sum(one == right for listener in listeners for one in listener.pictures)
    late = sorted(second for listener in listeners for second in listener.late)
    p50, p99 = (late[int(len(late) * share)] for share in (0.5, 0.99))
    print(f"pictures {whole} of {2 * wanted.times} whole (sha-256), {wanted.size:,} bytes each, mailed by {wanted.by}")
    print(f"each     {min(took):.2f} to {max(took):.2f} s")
    print(f"commands {sent} sent meanwhile, {len(late)} heard; p50 {p50 * 1000:.2f} ms, p99 {p99 * 1000:.2f} ms, "
          f"max {late[-1] * 1000:.2f} ms")  # fmt: skip
    sys.exit(0 if whole == 2 * wanted.times and len(late) == 2 * sent and p99 < wanted.within else 1)


if __name__ == "__main__":
    main()
