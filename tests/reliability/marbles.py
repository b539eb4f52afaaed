"""One world in programs and pages of three kinds, killed and started again at random: `make marbles`.

    make marbles                ten minutes
    make marbles MINUTES=1      a short form

Five game-loop players, one on asyncio and two pages, each in a Chromium of its own, play the marbles of
examples/marbles: a physics world with 20 steps a second, of which only kicks are sent. Every few seconds one is killed,
or closed as a user closes a page, and another takes its place, which begins with the world that the others vouch for.
In the end all print a hash of their world at one place of the order, and the log, run from the room's beginning by a
program of its own, must lead to the same. The exit code is 1 where two differ. In `make test`, and where there is no
Chromium, two players on roomcast.js in Node stand for the pages.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import roomcast
from roomcast.client.canonical import digest
from tests import chromium
from tests.integration.conftest import RunningServer
from tests.js.node import HERE
from tests.programs import EXAMPLES, TOP, Program
from tests.reliability.marble_player import Player
from tests.waiting import wait_for

PROGRAMS = ("game",) * 5 + ("asyncio",)
WITH_PAGES, WITH_NODE = (*PROGRAMS, "page", "page"), (*PROGRAMS, "node", "node")
PLAYER, PAGE = (Path(__file__).with_name(name) for name in ("marble_player.py", "marble_page.py"))
BETWEEN = 4.0  # seconds between two that are killed, about
WITHIN = 60.0  # seconds that a program may take to come in, or to finish


class Players:
    """The programs that play, by number. `where`: the room's address; `folder`: for what browsers keep."""

    def __init__(
        self, where: str, kinds: tuple[str, ...], folder: str, stack: ExitStack, chance: random.Random
    ) -> None:
        self._where, self._kinds, self._folder, self._stack, self._chance = where, kinds, folder, stack, chance
        self.started = self.closed = 0
        self.running = [self._start(kind) for kind in kinds]
        self.over: list[Program] = []

    def _start(self, kind: str) -> Program:
        self.started += 1
        words = (self._where, f"{kind}{self.started}", str(self._chance.randrange(10**6)))
        if kind == "page":
            program = Program(PAGE, *words, typed=True, group=True, PYTHONPATH=str(TOP), TMPDIR=self._folder)
        elif kind == "node":
            program = Program(HERE / "marbles.mjs", *words, by=("node",))
        else:
            more = ("asyncio",) if kind == "asyncio" else ()
            program = Program(PLAYER, *words, *more, PYTHONPATH=str(TOP))
        self._stack.enter_context(program)
        program.line("in", WITHIN)
        return program

    def replace_one(self) -> None:
        """Kill one, or close it where it is a page and the dice say so, and start another in its place."""
        place = self._chance.randrange(len(self._kinds))
        one, kind = self.running[place], self._kinds[place]
        if kind == "page" and self._chance.random() < 0.5:
            one.type("close")
            one.wait(WITHIN)
            one.stop()
            self.closed += 1
        else:
            one.kill()
        self.over.append(one)
        self.running[place] = self._start(kind)

    def said(self, start: str) -> list[str]:
        """Lines of all programs, those that are over included."""
        return [line for one in (*self.over, *self.running) for line in one.all_lines(start)]


def from_the_log(file: Path) -> tuple[int, str]:
    """Run a kept room from its beginning: where `finish` was, and the hash there."""
    found: list[tuple[int, str]] = []
    with roomcast.replay(str(file), "marbles") as room:
        world = Player(room, tells=False)
        room.command("finish")(lambda player: found.append((room.seq, digest(world.save()))))
        while not room.closed:
            room.pump()
    return found[-1]


def run(minutes: float, seed: int, kinds: tuple[str, ...] = WITH_NODE) -> list[str]:
    """Play for so long; returns what is wrong."""
    chance = random.Random(seed)
    # A browser that was killed may write for another moment.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder, ExitStack() as stack:
        kept = Path(folder) / "rooms.db"
        settings = {"seat_kept": 2.0, "kept_entries": 500, "keep_entries": 10_000_000}
        server = RunningServer(keep=kept, site=EXAMPLES / "marbles" / "page", **settings)
        stack.callback(server.stop)
        players = Players(server.address("marbles"), kinds, folder, stack, chance)
        began, killed = time.monotonic(), 0
        again = began + BETWEEN
        while time.monotonic() - began < 60 * minutes:
            time.sleep(0.05)
            if time.monotonic() > again:
                again += chance.expovariate(1 / BETWEEN)
                players.replace_one()
                killed += 1
                if sys.stderr.isatty():
                    print(f"\r{time.monotonic() - began:.0f} s, {killed} killed", end="", file=sys.stderr)
        with roomcast.join(server.address("marbles"), name="referee") as referee:
            referee.send("finish")
            wait_for(lambda: all(one.all_lines("at ") for one in players.running), WITHIN, "all have finished")
        entries = server.ask(lambda: server.directory.rooms["marbles"].log.last)
        said = {one.all_lines("at ")[0] for one in players.running}
        different, errors = players.said("desync"), players.said("error ")
        server.stop()
        seq, found = from_the_log(kept)
        said.add(f"{seq} {found}")
    wrong = [] if len(said) == 1 else [f"{len(said)} worlds: {sorted(said)}"]
    wrong += [f"told of a desync: {line}" for line in different] + [f"in a page: {line}" for line in errors]
    who = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    what = f"{who} for {minutes:g} minutes, {killed} replaced ({players.closed} pages closed, the others killed)"
    what = f"{what}, {entries:,} entries"
    print(f"{what}: {'one world in all, and from the log' if not wrong else 'NOT one world'} (seed {seed})")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    reason = chromium.why_not()
    if reason:
        print(f"Node stands for the pages; {reason}")
    wrong = run(options.minutes, options.seed, WITH_NODE if reason else WITH_PAGES)
    for line in wrong:
        print(line)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
