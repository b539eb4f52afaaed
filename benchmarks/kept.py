"""A kept file under a stream of data: does it stay within its bound, and what does that cost those who play?

    make kept                               ten minutes of 5 MB a second, with a bound of 50 MB
    make kept ARGS="--seconds 60"           a short form, which draws into build/

One player sends into a room that is kept at level full; another acts in a room of its own, and measures how long each
of its actions takes to come back, from disk. In the middle a copy is made by `roomcast backup` while all goes on: it
must be whole, and have all that was acknowledged before. In the end the server is started again, and somebody joins.
The exit code is 1 where the file outgrew its bound, the copy lacks something, or the start took longer than a second.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from machine import describe
from servers import TOP

import roomcast

RESULTS = TOP / "build" / "kept.json"
PICTURE = TOP / "docs" / "pictures" / "kept-file.svg"
ROOMCAST = Path(sys.executable).with_name("roomcast")
SIZE: Final = 50_000  # bytes of one command's argument
EVERY: Final = 0.05  # seconds between two actions of the player who measures
# The log's high-water mark is 10 % above its limit; entries are forgotten up to the last snapshot, one every 8 MiB.
# Free pages may be a tenth, the write-ahead log 16 MiB.
SLACK: Final = 1.1 * 1.1
MORE: Final = (8 + 16) * 1024**2 + 4_000_000  # bytes
STARTS_WITHIN: Final = 1.0  # seconds


@dataclass
class Measured:
    """What one run has shown."""

    sizes: list[tuple[float, int, int]] = field(default_factory=list)  # seconds, bytes of the file, of its -wal
    latencies: list[float] = field(default_factory=list)  # seconds
    fed: int = 0  # bytes
    backup_at: float = 0.0  # seconds
    backup_took: float = 0.0
    acknowledged: int = 0  # seq, before the backup began
    copied: int = 0  # seq in the copy
    started_in: float = 0.0  # seconds, from the command to a welcome


@contextmanager
def serving(file: Path, bound: int) -> Iterator[int]:
    """`roomcast serve` on a free port, at once when it listens."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        port = one.getsockname()[1]
    words = ["serve", "--host", "127.0.0.1", "--port", str(port), "--no-starter", "--no-announce", "--quiet"]
    keep = ["--keep", str(file), "--level", "full", "--keep-bytes", str(bound), "--keep-entries", "100000000"]
    with subprocess.Popen(
        [ROOMCAST, *words, *keep, "--rate", "100000", "--burst", "100000", "--address-time", "1"]
    ) as server:
        try:
            yield port
        finally:
            server.terminate()


def joined(port: int, room: str, name: str) -> roomcast.Room:
    """Join as soon as the server listens."""
    give_up = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return roomcast.join(f"127.0.0.1:{port}/{room}", name=name)
        except ConnectionRefusedError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.002)  # polling, as a program that joins would; short against the start that is measured


def act(port: int, measured: Measured, over: threading.Event) -> None:
    """Somebody in another room, whose actions are to come back as fast as ever."""
    with joined(port, "dots", "Ada") as room:
        while not over.wait(EVERY):
            began = time.perf_counter()
            room.send("move", 1)
            while room.unacknowledged and not over.is_set():
                room.pump(wait=0.001)
            measured.latencies.append(time.perf_counter() - began)


def back_up(file: Path, copy: Path, measured: Measured) -> None:
    began = time.perf_counter()
    subprocess.run([ROOMCAST, "backup", file, copy, "--quiet"], check=True)
    measured.backup_took = time.perf_counter() - began
    shown = subprocess.run([ROOMCAST, "check", copy, "--json"], check=True, capture_output=True).stdout
    measured.copied = next(room["last"] for room in json.loads(shown)["rooms"] if room["name"] == "feed")


def feed(port: int, file: Path, copy: Path, rate: float, seconds: float, measured: Measured) -> None:
    """Send `rate` bytes a second for so long; make a copy in the middle."""
    text = "x" * SIZE
    copying: threading.Thread | None = None
    with joined(port, "feed", "red") as room:
        began = time.monotonic()
        looked = -1.0
        while (now := time.monotonic() - began) < seconds:
            while measured.fed < rate * now and room.unacknowledged < 200:
                room.send("feed", text)
                measured.fed += SIZE
            room.pump(wait=0.005)
            if now > looked + 0.5:
                looked = now
                beside = file.with_name(file.name + "-wal")
                measured.sizes.append((now, file.stat().st_size, beside.stat().st_size if beside.exists() else 0))
            if copying is None and now > seconds / 2:
                while room.unacknowledged:
                    room.pump(wait=0.001)
                measured.backup_at, measured.acknowledged = now, room.seq
                copying = threading.Thread(target=back_up, args=(file, copy, measured))
                copying.start()
        while room.unacknowledged:
            room.pump(wait=0.01)
    if copying is not None:
        copying.join()


def measure(folder: Path, rate: float, bound: int, seconds: float) -> Measured:
    measured, file, over = Measured(), folder / "rooms.db", threading.Event()
    with serving(file, bound) as port:
        other = threading.Thread(target=act, args=(port, measured, over))
        other.start()
        try:
            feed(port, file, folder / "copy.db", rate, seconds, measured)
        finally:
            over.set()
            other.join()
    began = time.perf_counter()
    with serving(file, bound) as port, joined(port, "feed", "blue"):
        measured.started_in = time.perf_counter() - began
    subprocess.run([ROOMCAST, "check", file, "--no-color"], check=True)
    return measured


def draw(measured: Measured, bound: int, picture: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "roomcast", "font.size": 9})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 2.8), layout="constrained")
    minutes = [at / 60 for at, _, _ in measured.sizes]
    axes.plot(minutes, [size / 1e6 for _, size, _ in measured.sizes], label="rooms.db")
    axes.plot(minutes, [size / 1e6 for _, _, size in measured.sizes], linewidth=0.8, label="rooms.db-wal")
    axes.axhline(bound / 1e6, color="grey", linewidth=0.8, linestyle="--", label="keep-bytes")
    axes.axvline(measured.backup_at / 60, color="grey", linewidth=0.8, linestyle=":", label="backup")
    axes.set(xlabel=f"minutes; {measured.fed / 1e6:,.0f} MB were sent", ylabel="MB", ylim=(0, None), xlim=(0, None))
    axes.legend(fontsize="small", loc="lower right")
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(picture, metadata={"Date": None})
    print(os.path.relpath(picture))


def judge(measured: Measured, bound: int) -> list[str]:
    """What was not as promised."""
    wrong = []
    largest = max(size + beside for _, size, beside in measured.sizes)
    if largest > bound * SLACK + MORE:
        wrong.append(f"the file grew to {largest / 1e6:.0f} MB")
    if measured.copied < measured.acknowledged:
        wrong.append(f"the copy ends at {measured.copied}, and {measured.acknowledged} was acknowledged before")
    if measured.started_in > STARTS_WITHIN:
        wrong.append(f"the start took {measured.started_in:.2f} s")
    return wrong


def report(measured: Measured) -> None:
    fed, sizes = measured.fed / 1e6, measured.sizes
    last = sizes[len(sizes) // 2 :]
    print(f"  sent          {fed:,.0f} MB in {sizes[-1][0]:.0f} s: {fed / sizes[-1][0]:.1f} MB a second")
    usual = statistics.median(size for _, size, _ in last)
    most, beside = max(size for _, size, _ in sizes), max(beside for *_, beside in sizes)
    print(f"  the file      {usual / 1e6:.0f} MB (median of the second half), {most / 1e6:.0f} at most", end="; ")
    print(f"-wal {beside / 1e6:.0f} at most")
    ranks = sorted(measured.latencies)
    p50, p99 = ranks[len(ranks) // 2] * 1000, ranks[int(len(ranks) * 0.99)] * 1000
    print(f"  an action     p50 {p50:.1f} ms, p99 {p99:.1f}, most {ranks[-1] * 1000:.0f} (another room, from disk)")
    print(
        f"  the copy      {measured.backup_took:.1f} s; entries up to {measured.copied:,}, of which "
        f"{measured.acknowledged:,} were acknowledged before"
    )
    print(f"  started       in {measured.started_in * 1000:.0f} ms, with somebody in the room")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--seconds", type=float, default=600.0)
    options.add_argument("--rate", type=float, default=5e6, help="bytes a second")
    options.add_argument("--bound", type=int, default=50_000_000, help="bytes")
    options.add_argument("--picture", type=Path, help="where the plot goes")
    wanted = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measured = measure(Path(folder), wanted.rate, wanted.bound, wanted.seconds)
    report(measured)
    picture = wanted.picture or (PICTURE if wanted.seconds >= 600 else TOP / "build" / PICTURE.name)
    draw(measured, wanted.bound, picture)
    result: dict[str, Any] = {"machine": describe(), "bound": wanted.bound, **asdict(measured)}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result), encoding="utf-8")
    wrong = judge(measured, wanted.bound)
    print("as promised" if not wrong else f"NOT AS PROMISED: {'; '.join(wrong)}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
