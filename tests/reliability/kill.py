"""A server that is killed (SIGKILL) again and again, while 20 players send: what is lost?

    make kill                        200 times, every room on disk before anyone sees it
    make kill ARGS="--level relaxed --times 50"
    make kill ARGS="--forget"        the file forgets all but the newest entries meanwhile

The players are ordinary programs: they have no code for any of it. What each of them ran is compared with the others'
and with what is on disk in the end. It exits with 1 if a promise of the level was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec

import roomcast
from roomcast.core.room.commit_log import Level
from tests.reliability.serving import Serving, log_on_disk

PLAYERS = 20
PAUSE = 0.02  # seconds between two commands of a player
ALL_BACK_WITHIN = 60.0  # seconds
RELAXED_WITHIN = 0.050  # seconds that a relaxed room may lose
# Entries are stamped by the server, in whole milliseconds; kills by us, when the signal has gone out.
TOLERANCE = 0.002  # seconds
LIMITS = ("--seat-kept", "3600", "--resume-window", "3600", "--rate", "1000", "--burst", "5000", "--address-time", "99")
WHOLE = ("--keep-history",)
FORGET = ("--keep-entries", "100", "--kept-entries", "20000")


class Player:
    """One program: it counts, and remembers what everybody counted."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.counted = 0
        self.ran: list[tuple[int, str, int]] = []  # seq, player, number: in the order of running
        self.seen: dict[int, float] = {}  # all entries that it saw since the last kill: seq and the server's time
        self.oldest_lost: list[float] = []  # the server's time of the oldest entry that was undone, for each loss
        self.undone = 0  # entries that we were told are lost
        self.troubles: list[str] = []
        self.enough = asyncio.Event()  # count no more
        self.over = asyncio.Event()  # leave

    @property
    def quiet(self) -> bool:
        """Whether all that it sent has come back."""
        return self.enough.is_set() and not self.room.unacknowledged

    async def play(self, port: int) -> None:
        async with roomcast.connect(f"127.0.0.1:{port}/count", name=self.name) as room:
            self.room = room

            @room.everywhere
            def count(player: roomcast.Player, number: int) -> None:
                self.ran.append((room.seq, player.id, number))

            @room.on("lost")
            def lost(why: str) -> None:
                told = re.search(r": (\d+) entries that were seen here are undone", why)
                if told is None:
                    self.troubles.append(f"lost: {why}")
                    return
                last = max(self.seen)
                base = last - int(told[1])
                self.ran = [one for one in self.ran if one[0] <= base]
                self.oldest_lost.append(min(at for seq, at in self.seen.items() if seq > base))
                self.seen = {seq: at for seq, at in self.seen.items() if seq <= base}
                self.undone += int(told[1])

            for event in ("skipped", "error", "closed"):
                room.on(event)(lambda *what, event=event: self.troubles.append(f"{event}: {what}"))
            room.on("offline")(lambda _: None)

            async def listen() -> None:
                async for entry in room:
                    self.seen[entry.seq] = entry.at

            listening = asyncio.create_task(listen())
            while not self.enough.is_set():
                self.counted += 1
                count(self.counted)
                await asyncio.sleep(PAUSE * random.uniform(0.5, 1.5))
            await self.over.wait()
            listening.cancel()


def on_disk(file: Path, *, whole: bool) -> list[tuple[int, str, int]]:
    """Every count in the file, in order: seq, player, number."""
    entries = [msgspec.json.decode(line) for line in log_on_disk(file, "count", whole=whole)]
    return [(entry["s"], entry["by"], entry["a"][0]) for entry in entries if entry["t"] == "do"]


async def until(condition: Callable[[], bool], what: str) -> None:
    give_up = time.monotonic() + ALL_BACK_WITHIN
    while not condition():
        if time.monotonic() > give_up:
            raise SystemExit(f"did not happen within {ALL_BACK_WITHIN:g} s: {what}")
        await asyncio.sleep(0.01)


async def campaign(file: Path, level: str, times: int, seed: int, *, forget: bool = False) -> bool:
    chance = random.Random(seed)
    server = Serving(file, "--level", level, *LIMITS, *(FORGET if forget else WHOLE))
    players = [Player(f"p{number}") for number in range(PLAYERS)]
    tasks = [asyncio.create_task(player.play(server.port)) for player in players]
    await until(lambda: all(player.ran for player in players), "everybody is in")
    began = time.monotonic()
    ages = []  # seconds before a kill: the oldest entry that it undid
    for kill in range(times):
        await asyncio.sleep(chance.uniform(0.05, 0.6))
        killed_at = server.kill()
        await asyncio.to_thread(server.start)
        seen = {player.name: player.room.seq for player in players}
        await until(lambda seen=seen: all(player.room.seq > seen[player.name] for player in players), "all are back")
        lost = [at for player in players for at in player.oldest_lost]
        if lost:
            ages.append(killed_at - min(lost))
        for player in players:
            player.oldest_lost.clear()
        if (kill + 1) % 10 == 0:
            print(f"  {kill + 1} kills, {players[0].room.seq:,} entries", flush=True)
    for player in players:
        player.enough.set()
    await until(lambda: all(player.quiet for player in players), "all that was sent has come back")
    await until(lambda: len({player.room.seq for player in players}) == 1, "everybody has run everything")
    for player in players:
        player.over.set()
    await asyncio.gather(*tasks)
    server.stop()
    print(f"killed {times} times in {time.monotonic() - began:.0f} s, level {level}, {PLAYERS} players")
    disk = on_disk(file, whole=not forget)
    if forget:
        print(f"  in the file         the newest {len(disk):,} commands; what came before is taken from what was run")
        longest = max((player.ran for player in players), key=len)
        disk = [one for one in longest if one[0] < disk[0][0]] + disk
    return judge(players, disk, level, ages)


def judge(players: list[Player], disk: list[tuple[int, str, int]], level: str, ages: list[float]) -> bool:
    """Compare what everybody ran with what is on disk."""
    good = True
    counted = sum(player.counted for player in players)
    twice = sum(times > 1 for times in Counter((who, number) for _, who, number in disk).values())
    missing = counted - len({(who, number) for _, who, number in disk})
    if level == "full":
        different = sum(player.ran != disk[-len(player.ran) :] for player in players)
    else:  # who was told of a loss started from a snapshot, and ran nothing of what that held
        true = set(disk)
        different = sum(not true.issuperset(player.ran) or player.ran != sorted(player.ran) for player in players)
    undone = sum(player.undone for player in players)
    troubles = [trouble for player in players for trouble in player.troubles]
    print(f"  commands sent       {counted:,}")
    print(f"  on disk             {len(disk):,}, {twice} of them twice, {missing} missing")
    print(f"  views               {len(players) - different} of {len(players)} players ran exactly what is on disk")
    print(f"  told of a loss      {undone} entries, all players together")
    if ages:
        median, worst = statistics.median(ages) * 1000, max(ages) * 1000
        print(
            f"  kills with a loss   {len(ages)}; their oldest entry lost: {median:.0f} ms old, {worst:.0f} ms at worst"
        )
    print(f"  other troubles      {len(troubles)}{': ' + troubles[0] if troubles else ''}")
    if level == "full":
        good = not (twice or missing or different or undone or troubles)
    else:
        late = max(ages, default=0.0) > RELAXED_WITHIN + TOLERANCE
        good = not (twice or different or troubles or late) and (missing == 0 or undone > 0)
    print("every promise was kept" if good else "A PROMISE WAS BROKEN")
    return good


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--times", type=int, default=200)
    options.add_argument("--level", choices=[Level.FULL.value, Level.RELAXED.value], default=Level.FULL.value)
    options.add_argument("--forget", action="store_true", help="the file keeps the newest entries only")
    options.add_argument("--seed", type=int, default=random.randrange(10**6))
    wanted = options.parse_args()
    print(f"seed {wanted.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rooms.db"
        good = asyncio.run(campaign(file, wanted.level, wanted.times, wanted.seed, forget=wanted.forget))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
