"""How smooth is the page /watch/ROOM while much happens? Frames a second, in Chromium, without a window.

    .venv/bin/python bench/watch_fps.py                               100 players, 20 commands a second each
    .venv/bin/python bench/watch_fps.py --players 20 --seconds 20

The page counts its own animation frames. Server, players and browser are processes of their own; where there are few
cores, they are in each other's way, and the figure is lower than that of a computer that only looks on.
"""

from __future__ import annotations

import argparse
import itertools
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import uvloop
from picows import WSFrame, WSMsgType, WSTransport

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))

from bench.room import Load, Player, start_server  # noqa: E402  # after the line that lets us import them
from tests.chromium import Page, Window, started, why_not  # noqa: E402

# What the page is asked to count: when each frame came.
COUNT = """
async (milliseconds) => {
  const times = [];
  const end = performance.now() + milliseconds;
  await new Promise((done) => {
    function frame(now) {
      times.push(now);
      if (now < end) requestAnimationFrame(frame); else done();
    }
    requestAnimationFrame(frame);
  });
  return times;
}
"""


class ReportingPlayer(Player):
    """A player that reports the commands that the server asks about, as Roomcast's own clients do."""

    def __init__(self, load: Load) -> None:
        super().__init__(load)
        self._every = 0

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        payload = frame.get_payload_as_bytes()
        if b'"t":"report"' in payload:
            for line in payload.split(b"\n"):
                message = msgspec.json.decode(line)
                if message["t"] == "report":
                    self._every = message["every"]
            return
        before = self.seq
        super().on_ws_frame(transport, frame)
        if self._every:
            first = before + self._every - before % self._every
            for seq in range(first, self.seq + 1, self._every):
                transport.send(WSMsgType.TEXT, b'{"t":"done","s":%d,"ran":0.01}' % seq)


class Crowd(Load):
    """Players who act until they are told to stop."""

    def __init__(self, players: int, rate: float) -> None:
        super().__init__(players, rate, 10_000)
        self.players = [ReportingPlayer(self) for _ in range(players)]


def be_the_crowd(url: str, players: int, rate: float) -> None:
    uvloop.run(Crowd(players, rate).run(url))


def measure(page: Page, seconds: float) -> tuple[list[float], float]:
    """When frames came, in milliseconds; and the share of the time in which the page's thread had work to do."""
    browser = page.context.new_cdp_session(page)
    browser.send("Performance.enable")

    def worked() -> float:
        metrics = browser.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))

    before = worked()
    times: list[float] = page.evaluate(COUNT, seconds * 1000)
    return times, (worked() - before) / seconds


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--players", type=int, default=100)
    options.add_argument("--rate", type=float, default=20.0, help="commands a second, each player")
    options.add_argument("--seconds", type=float, default=10.0)
    options.add_argument("--warm-up", type=float, default=5.0, help="seconds, until the sample has settled")
    options.add_argument("--crowd", metavar="URL", help=argparse.SUPPRESS)
    wanted = options.parse_args()
    if wanted.crowd:
        be_the_crowd(wanted.crowd, wanted.players, wanted.rate)
        return
    if reason := why_not():
        sys.exit(reason)
    limits = ["--room-players", "--connections-address", "--burst"]
    server, url = start_server([word for limit in limits for word in (limit, "2000")] + ["--rate", "100000"])
    arguments = ["--crowd", url, "--players", str(wanted.players), "--rate", str(wanted.rate)]
    crowd = subprocess.Popen([sys.executable, __file__, *arguments])
    try:
        with started() as browser:
            page = Window(browser, url.removeprefix("ws://").rstrip("/"), "/watch/bench").page
            page.get_by_text(f"{wanted.players} players are here").wait_for()
            time.sleep(wanted.warm_up)
            times, share = measure(page, wanted.seconds)
            shown, summary = page.text_content("#shown"), page.text_content("#summary")
    finally:
        for process in (crowd, server):
            process.send_signal(signal.SIGTERM)
            process.wait(5)
    gaps = sorted(later - one for one, later in itertools.pairwise(times))
    took = (times[-1] - times[0]) / 1000
    print(f"page    {summary}")
    print(f"        {shown}")
    print(f"frames  {len(gaps) / took:.1f} a second over {took:.1f} s")
    at = {share: gaps[min(len(gaps) - 1, int(len(gaps) * share))] for share in (0.5, 0.99, 1.0)}
    print(f"thread  busy for {share:.0%} of the time")
    print("gaps    " + ", ".join(f"p{share * 100:g} {gap:.1f} ms" for share, gap in at.items()))


if __name__ == "__main__":
    main()
