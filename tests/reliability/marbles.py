"""One world in programs of three kinds, killed and started again at random: `make marbles`.

    make marbles                ten minutes
    make marbles MINUTES=1      a short form

Five game-loop players, one on asyncio and two on roomcast.js in Node play the marbles of examples/marbles: a physics
world with 20 steps a second, of which only kicks are sent. Every few seconds one is killed and another takes its place,
which begins with the world that the others vouch for. In the end all print a hash of their world at one place of the
order, and the log, run from the room's beginning by a program of its own, must lead to the same. The exit code is 1
where two differ.
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
from tests.integration.conftest import RunningServer
from tests.js.node import HERE
from tests.programs import TOP, Program
from tests.reliability.marble_player import Player
from tests.waiting import wait_for

KINDS = ("game", "game", "game", "game", "game", "asyncio", "node", "node")
PLAYER = Path(__file__).with_name("marble_player.py")
BETWEEN = 4.0  # seconds between two that are killed, about
WITHIN = 60.0  # seconds that a program may take to come in, or to finish


class Players:
    """The programs that play, by number. `where`: the room's address."""

    def __init__(self, where: str, stack: ExitStack, chance: random.Random) -> None:
        self._where, self._stack, self._chance = where, stack, chance
        self.running: list[Program] = []
        self.started = 0
        for kind in KINDS:
            self.running.append(self._start(kind))

    def _start(self, kind: str) -> Program:
        self.started += 1
        words = (self._where, f"{kind}{self.started}", str(self._chance.randrange(10**6)))
        if kind == "node":
            program = Program(HERE / "marbles.mjs", *words, by=("node",))
        else:
            more = ("asyncio",) if kind == "asyncio" else ()
            program = Program(PLAYER, *words, *more, PYTHONPATH=str(TOP))
        self._stack.enter_context(program)
        program.line("in", WITHIN)
        return program

    def replace_one(self) -> None:
        """Kill one, and start another in its place."""
        place = self._chance.randrange(len(KINDS))
        self.running[place].kill()
        self.running[place] = self._start(KINDS[place])


def from_the_log(file: Path) -> tuple[int, str]:
    """Run a kept room from its beginning: where `finish` was, and the hash there."""
    found: list[tuple[int, str]] = []
    with roomcast.replay(str(file), "marbles") as room:
        world = Player(room, tells=False)
        room.command("finish")(lambda player: found.append((room.seq, digest(world.save()))))
        while not room.closed:
            room.pump()
    return found[-1]


def run(minutes: float, seed: int) -> list[str]:
    """Play for so long; returns what is wrong."""
    chance = random.Random(seed)
    with TemporaryDirectory() as folder, ExitStack() as stack:
        kept = Path(folder) / "rooms.db"
        server = RunningServer(keep=kept, seat_kept=2.0, kept_entries=500, keep_entries=10_000_000)
        stack.callback(server.stop)
        players = Players(server.address("marbles"), stack, chance)
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
        different = [line for one in players.running for line in one.all_lines("desync")]
        server.stop()
        seq, found = from_the_log(kept)
        said.add(f"{seq} {found}")
    wrong = [] if len(said) == 1 else [f"{len(said)} worlds: {sorted(said)}"]
    wrong += [f"told of a desync: {line}" for line in different]
    what = f"{len(KINDS)} players for {minutes:g} minutes, {killed} killed and replaced, {entries:,} entries"
    print(f"{what}: {'one world in all, and from the log' if not wrong else 'NOT one world'} (seed {seed})")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    wrong = run(options.minutes, options.seed)
    for line in wrong:
        print(line)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
