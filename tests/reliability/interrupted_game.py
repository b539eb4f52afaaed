"""A game loop that Ctrl-C interrupts again and again, anywhere in the library, and that goes on.

    python -m tests.reliability.interrupted_game HOST:PORT/ROOM NAME

SIGTERM: send no more, wait until all has come back, and print as JSON what it did and what its state is.
"""

from __future__ import annotations

import json
import logging
import random
import re
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import roomcast

PAUSE = 0.03  # seconds between two commands, on average
QUIET_FOR = 1.0  # seconds in which nothing comes, before it looks at its state
GIVES_UP_AFTER = 60.0  # seconds


class Game:
    """`said` are the numbers that it sent for certain, `unsure` those of sends that were interrupted."""

    def __init__(self, where: str, name: str) -> None:
        self.name = name
        self.said: list[int] = []
        self.unsure: list[int] = []
        self.interrupts = 0
        self.perhaps_lost = 0
        self.wrong: list[str] = []
        self.over = False
        self._armed = False
        self._seqs: list[int] = []
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, self._interrupt)
        self.room = roomcast.join(where, name=name, timeout=30)
        self.room.on("lost")(self._lost)
        self.room.on("error")(self._refused)
        self.room.on("closed")(lambda why: self.over or self.wrong.append(f"closed: {why}"))
        for event in ("offline", "resumed", "skipped"):
            self.room.on(event)(lambda *_: None)

        @self.room.everywhere
        def count(player: roomcast.Player, who: str, number: int) -> None:
            if self._seqs and self.room.seq <= self._seqs[-1]:
                self.wrong.append(f"entry {self.room.seq} was run after {self._seqs[-1]}")
            self._seqs.append(self.room.seq)
            del self._seqs[:-10]

        self._count = count

    def play(self) -> None:
        number = 0
        next_at = time.monotonic()
        while not self.over:
            self._interruptible(lambda: self.room.pump(wait=0.01))
            if time.monotonic() >= next_at:
                number += 1
                self._say(number)
                next_at = time.monotonic() + PAUSE * random.uniform(0, 2)

    def _say(self, number: int) -> None:
        try:
            went = self._interruptible(lambda: self._count(self.name, number))
        except roomcast.TooFast:
            return  # it was not taken, and we know
        (self.said if went else self.unsure).append(number)

    def come_to_rest(self) -> None:
        began = quiet_since = time.monotonic()
        seq = self.room.seq
        while time.monotonic() - quiet_since < QUIET_FOR or self.room.unacknowledged:
            self.room.pump(wait=0.01)
            if self.room.seq != seq:
                quiet_since, seq = time.monotonic(), self.room.seq
            if time.monotonic() - began > GIVES_UP_AFTER:
                self.wrong.append(f"{self.room.unacknowledged} messages never came back")
                return

    def _interruptible(self, call: Callable[[], object]) -> bool:
        """Call; Ctrl-C may come at any moment of it. Whether none came."""
        try:
            self._armed = True
            call()
            self._armed = False
        except KeyboardInterrupt:
            self.interrupts += 1
            return False
        finally:
            self._armed = False
        return True

    def _interrupt(self, *_: object) -> None:
        if self._armed:
            self._armed = False
            raise KeyboardInterrupt

    def _end(self, *_: object) -> None:
        self.over = True

    def _lost(self, why: str) -> None:
        if sent := re.search(r"; (\d+) of our messages (?:was|were) on", why):
            self.perhaps_lost += int(sent[1])
        self._seqs.clear()

    def _refused(self, error: roomcast.Refused) -> None:
        if error.code == "unanswered":
            self.perhaps_lost += 1
        elif error.code != "rate":
            self.wrong.append(f"{error.code}: {error}")

    def report(self) -> dict[str, Any]:
        players = [[one.id, one.name, one.here, dict(one.items())] for one in self.room.players]
        return {
            "name": self.name,
            "said": self.said,
            "unsure": self.unsure,
            "interrupts": self.interrupts,
            "perhaps_lost": self.perhaps_lost,
            "wrong": self.wrong,
            "seq": self.room.seq,
            "state": [dict(self.room.state.items()), players],
        }


def main() -> None:
    logging.getLogger("roomcast.hints.unknown-command").disabled = True  # the others say much that it has no use for
    game = Game(sys.argv[1], sys.argv[2])
    print("playing", flush=True)
    game.play()
    game.come_to_rest()
    print(json.dumps(game.report()), flush=True)
    game.room.leave()


if __name__ == "__main__":
    main()
