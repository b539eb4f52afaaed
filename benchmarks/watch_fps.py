"""Frames a second of the page /watch/ROOM under load, in headless Chromium.

    .venv/bin/python benchmarks/watch_fps.py                               100 players, 20 commands a second each
    .venv/bin/python benchmarks/watch_fps.py --players 20 --seconds 20

The page counts its own animation frames. Server, players and browser are separate processes; where there are few cores
they compete for them, and the figure is lower than on a computer that only shows the page.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from roomcast.loadtest.load import connected
from roomcast.loadtest.server_process import serving
from roomcast.loadtest.workloads import one_room

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.chromium import Window, started, why_not

if TYPE_CHECKING:
    from playwright.sync_api import Page

# Runs in the page; returns the time of each animation frame.
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


def measure(page: Page, seconds: float) -> tuple[list[float], float]:
    """The times of all frames, in milliseconds; and the share of the time in which the page's thread was busy."""
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
    options.add_argument("--warm-up", type=float, default=5.0, help="seconds before the measurement")
    wanted = options.parse_args()
    if reason := why_not():
        sys.exit(reason)
    players = wanted.players
    workload = one_room("W", players)
    seconds = wanted.warm_up + wanted.seconds + 2  # the load outlasts the measurement
    with serving() as server, connected(server, workload, processes=1) as load, started() as browser:
        address = server.url.removeprefix("ws://").rstrip("/")
        page = Window(browser, address, f"/watch/{load.room()}").page
        page.get_by_text(f"{players} players are here").wait_for()
        rate = players * wanted.rate * players  # copies a second
        playing = threading.Thread(target=load.step, args=(rate, seconds), kwargs={"to_the_end": True})
        playing.start()
        time.sleep(wanted.warm_up)  # the warm-up is not to be measured
        times, share = measure(page, wanted.seconds)
        shown, summary = page.text_content("#shown"), page.text_content("#summary")
        playing.join()
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
