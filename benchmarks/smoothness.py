"""How smoothly others move over a slow network: `room.smooth`, beside what was heard last.

    make smooth
    make smooth ARGS="--lag 120ms --jitter 60ms --seconds 10"

Four ships of examples/rules/ships.py go round, each at 60 frames a second, behind 50 ± 20 ms each way. In each frame
each program notes where it would draw every other ship. A frame in which that is where it was in the frame before is
one in which the ship stands still, though it moves. The exit code is 1 where more than 2 % do with `room.smooth`.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from pathlib import Path

from machine import describe

import roomcast
from roomcast.loadtest.server_process import serving

RULES = Path(__file__).resolve().parent.parent / "examples" / "rules" / "ships.py"
FRAME = 1 / 60  # seconds
SHIPS = 4
SPEED = 4.5  # pixels a frame
WARM_UP = 3.0  # seconds: latencies are known then
MOST = 2.0  # percent

Place = tuple[float, ...]


class Ship:
    """One player, who goes round and looks at the others."""

    def __init__(self, address: str, number: int) -> None:
        self.room = roomcast.join(f"{address}ships", name=f"ship{number}")
        self.smooth = self.room.smooth("x", "y", jump=100)
        self.phase = number * math.pi / 2
        self.before: dict[tuple[str, str], Place] = {}  # by way and player: where it was drawn in the last frame
        self.frames = 0  # times others
        self.still = {"heard last": 0, "room.smooth": 0}
        self.delays = 0.0

    def frame(self, now: float, *, counts: bool) -> None:
        self.room.pump()
        self.room.send("move", SPEED * math.cos(2 * now + self.phase), SPEED * math.sin(2 * now + self.phase))
        for other in self.room.players:
            if other == self.room.me or "x" not in other:
                continue
            self.frames += counts
            self.delays += self.smooth.delay if counts else 0
            for way, place in ("heard last", (other["x"], other["y"])), ("room.smooth", self.smooth(other)):
                self.still[way] += counts and self.before.get((way, other.id)) == place
                self.before[way, other.id] = place


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--seconds", type=float, default=20.0)
    options.add_argument("--lag", default="50ms", help="each way")
    options.add_argument("--jitter", default="20ms")
    wanted = options.parse_args()
    with serving([str(RULES), "--lag", wanted.lag, "--jitter", wanted.jitter]) as server:
        ships = [Ship(server.url, number) for number in range(SHIPS)]
        begin = now = time.monotonic()
        late = frames = 0
        while now < begin + WARM_UP + wanted.seconds:
            counts = now > begin + WARM_UP
            for ship in ships:
                ship.frame(now, counts=counts)
            due, now = now + FRAME, time.monotonic()
            late += counts and now > due
            frames += counts
            time.sleep(max(0.0, due - now))  # a frame's rest: the pace of a game at 60 a second is what is measured
            now = max(due, now)
        for ship in ships:
            ship.room.leave()
    seen = sum(ship.frames for ship in ships)
    print(f"{SHIPS} ships, {wanted.seconds:g} s, {wanted.lag} ± {wanted.jitter} each way ({describe()['processor']})")
    shares = {}
    for way in ships[0].still:
        shares[way] = sum(ship.still[way] for ship in ships) / seen * 100
        print(f"{way:12} {shares[way]:5.1f} % of frames in which another ship stood still")
    print(
        f"shown {sum(ship.delays for ship in ships) / seen * 1000:.0f} ms ago; {late / frames:.1%} of frames were late"
    )
    sys.exit(0 if shares["room.smooth"] <= MOST else 1)


if __name__ == "__main__":
    main()
