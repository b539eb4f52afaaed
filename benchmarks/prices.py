"""Measures what everything that a stranger can do costs the server, and writes the table of docs/limits.md.

    make prices                               measure this tree, and write the table
    make prices ARGS="--only ping,watch"      the rows whose names hold one of these words
    make prices ARGS="--source ../old/src --output benchmarks/prices_before.json"

Each row is done many times, on a server of its own without limits: its processor time, in user mode and in the kernel,
and what its memory has grown by. Clients run on another core.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import json
import os
import re
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from machine import describe
from price_rows import ROWS, Row
from servers import Kind, load_core, running

from roomcast.core.protocol.limits import DEFAULTS, Limits, flag
from roomcast.core.server import prices
from roomcast.learn.free_port import free_port
from roomcast.loadtest.server_process import NO_LIMITS

TOP = Path(__file__).resolve().parent.parent
RESULTS: Final = TOP / "build" / "prices.json"
BEFORE: Final = Path(__file__).with_name("prices_before.json")
PAGE: Final = TOP / "docs" / "limits.md"
HOSTILE: Final = TOP / "build" / "hostile.json"  # of `make hostile`
HOSTILE_BEFORE: Final = Path(__file__).with_name("hostile_before.json")
TOKEN: Final = "k7fm-2qxp-9rtd"
RULES: Final = Path(__file__).with_name("priced_rooms.py")
_UNLIMITED: Final = ("--room-observers", "1000000", "--hello-within", "1000", "--rooms", "1000000")


@dataclass
class Measurement:
    """A server that is measured; as a row needs it."""

    port: int
    starter_port: int
    pid: int
    times: int
    source: str = "127.0.0.66"
    token: str = TOKEN
    microseconds: float = 0.0  # of processor time, each
    bytes: float = 0.0  # of memory, each

    @contextlib.contextmanager
    def measured(self) -> Iterator[None]:
        used, held = self._used(), self._held()
        yield
        self.microseconds = (self._used() - used) * 1e6 / self.times
        self.bytes = max(0.0, (self._held() - held) / self.times)

    def _used(self) -> float:
        """Seconds on a processor so far, of the thread that serves."""
        return int(Path(f"/proc/{self.pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9

    def _held(self) -> int:
        return int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def measure(row: Row, source: Path) -> dict[str, Any]:
    """Do a row on a new server."""
    starter_port = free_port()
    flags = [*NO_LIMITS, *_UNLIMITED, "--starter-port", str(starter_port), "--token", TOKEN]
    if "address_time" in (source / "roomcast" / "core" / "protocol" / "limits.py").read_text(encoding="utf-8"):
        flags += ["--address-time", "1000000"]
    if (source / "roomcast" / "rules").is_dir():
        flags.append(str(RULES))
    kind = Kind(
        "roomcast",
        "Roomcast",
        "roomcast",
        lambda port: [
            *(sys.executable, "-P", "-m", "roomcast", "serve", "--host", "127.0.0.1", "--port", str(port)),
            *("--quiet", "--no-announce", *flags),
        ],
        environment={"PYTHONPATH": str(source)},
    )
    with running(kind) as server:
        one = Measurement(server.port, starter_port, server.process.pid, row.times)
        sent = asyncio.run(asyncio.wait_for(row.drive(one), 60))
    return {
        "name": row.name,
        "sent": sent / row.times,
        "microseconds": one.microseconds,
        "memory": one.bytes,
    }


# ---------------------------------------------------------------------- the table


def table(results: dict[str, Any], before: dict[str, Any]) -> str:
    """The rows as docs/limits.md has them: now, and in brackets before."""
    now, then = ({row["name"]: row for row in one["rows"]} for one in (results, before))
    titles = (
        *("what somebody does", "bytes sent", "processor time, µs (before)", "memory, bytes (before)"),
        *("charged as", "limits", "one address", "kept"),
    )
    lines = [f"| {' | '.join(titles)} |", "|" + " --- |" * len(titles)]
    for row in ROWS:
        new, old = now.get(row.name), then.get(row.name)
        cells = (
            row.name,
            _number(new, "sent"),
            _both(new, old, "microseconds", 1),
            _both(new, old, "memory"),
            ", ".join(f"{price} {getattr(prices, price):g}" for price in row.prices),
            ", ".join(f"`{flag(limit)}` {getattr(DEFAULTS, limit):,}" for limit in row.limits),
            row.share,
            row.held,
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def worst(results: dict[str, Any], before: dict[str, Any]) -> str:
    """Sentences about the worst ratios of cost to bytes sent; what is done without sending anything has none."""
    said = []
    for when, one in (("Before", before), ("Now", results)):
        rows = [row for row in one["rows"] if row["sent"]]
        row = max(rows, key=lambda row: row["microseconds"] / row["sent"])
        held = max(rows, key=lambda row: row["memory"] / row["sent"])
        said.append(
            f"{when}, the most processor time for each byte sent was that of *{row['name']}*: "
            f"{row['microseconds'] / row['sent']:,.1f} µs; the most memory that of *{held['name']}*: "
            f"{held['memory'] / held['sent']:,.1f} bytes."
        )
    said += [
        f"Nothing is sent for *{row['name']}*, which took {row['microseconds']:,.1f} µs."
        for row in results["rows"]
        if not row["sent"]
    ]
    return " ".join(said)


def _number(row: dict[str, Any] | None, name: str, digits: int = 0) -> str:
    return "?" if row is None else f"{row[name]:,.{digits}f}"


def _both(now: dict[str, Any] | None, before: dict[str, Any] | None, name: str, digits: int = 0) -> str:
    return _number(now, name, digits) + ("" if before is None else f" ({_number(before, name, digits)})")


def put(text: str, mark: str, contents: str) -> str:
    """Replace what stands between the marks."""
    begin, end = f"<!-- {mark}: begin -->", f"<!-- {mark}: end -->"
    pattern = re.compile(f"({re.escape(begin)}\n).*?({re.escape(end)})", re.DOTALL)
    assert len(pattern.findall(text)) == 1, mark
    return pattern.sub(lambda found: f"{found[1]}{contents}\n{found[2]}", text)


def hostile_table(now: dict[str, Any], before: dict[str, Any]) -> str:
    """What honest players noticed of each attack: now, and in brackets before."""
    rows, then = ({row["attack"]: row for row in one["attacks"]} for one in (now, before))
    titles = (
        *("attack", "p99 of the others, ms", "as a multiple of calm", "the worst newcomer, s", "starter clients, s"),
        *("cut off", "memory at the start, at most, at the end, MiB", "the server was busy, %"),
    )
    lines = [f"| {' | '.join(titles)} |", "|" + " --- |" * len(titles)]
    for name, new in rows.items():
        old = then.get(name)
        cells = [name]
        cells += [
            _both(new, old, key, digits)
            for key, digits in (("attacked", 1), ("ratio", 1), ("newcomer", 2), ("starter", 2))
        ]
        cells.append(_both(new, old, "lost"))
        cells.append(f"{_memory(new)} ({_memory(old)})")
        cells.append(f"{_busy(new)} ({_busy(old)})")
        lines.append(f"| {' | '.join(cells)} |")
    when = f"Measured on {now['machine']['date']}, {now['seconds']:g} s each (before: {before['seconds']:g} s)."
    return "\n".join([when, "", *lines])


def _memory(row: dict[str, Any] | None) -> str:
    return "?" if row is None else ", ".join(f"{one:.0f}" for one in row["memory"])


def _busy(row: dict[str, Any] | None) -> str:
    return "?" if row is None else f"{100 * row['busy'][1]:.0f}"


def write_page(results: dict[str, Any], before: dict[str, Any]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    machine = results["machine"]
    note = f"Measured on {machine['date']} ({machine['processor']}, Python {machine['python']}), by `make prices`."
    text = put(text, "prices", f"{note}\n\n{table(results, before)}")
    text = put(text, "worst", worst(results, before))
    if HOSTILE.exists():
        attacks = (json.loads(path.read_text(encoding="utf-8")) for path in (HOSTILE, HOSTILE_BEFORE))
        text = put(text, "hostile", hostile_table(*attacks))
    PAGE.write_text(text, encoding="utf-8")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--only", default="", help="rows whose names hold one of these words, separated by commas")
    options.add_argument("--times", type=int, default=3, help="measurements of each row; their median counts")
    options.add_argument("--source", type=Path, default=TOP / "src", help="the source tree of the server")
    options.add_argument("--output", type=Path, default=RESULTS)
    options.add_argument("--page", action="store_true", help="write the table from the last results")
    wanted = options.parse_args()
    known = {field.name for field in dataclasses.fields(Limits)}
    assert all(set(row.limits) <= known for row in ROWS)
    if not wanted.page:
        os.sched_setaffinity(0, [load_core()])
        rows = {}
        if wanted.output.exists():
            rows = {row["name"]: row for row in json.loads(wanted.output.read_text(encoding="utf-8"))["rows"]}
        for row in ROWS:
            if not any(word in row.name for word in wanted.only.split(",")):
                continue
            try:
                tries = [measure(row, wanted.source) for _ in range(wanted.times)]
            except (OSError, TimeoutError) as error:
                print(f"{row.name:45} could not be done: {error!r}", flush=True)
                continue
            rows[row.name] = {
                key: row.name if key == "name" else statistics.median(one[key] for one in tries) for key in tries[0]
            }
            one = rows[row.name]
            print(
                f"{row.name:45} {one['sent']:8,.0f} bytes  {one['microseconds']:9,.1f} µs  {one['memory']:9,.0f} held",
                flush=True,
            )
        wanted.output.parent.mkdir(exist_ok=True)
        ordered = [rows[row.name] for row in ROWS if row.name in rows]
        measured = {"machine": describe(), "rows": ordered}
        wanted.output.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    if wanted.page or wanted.output == RESULTS:
        before = json.loads(BEFORE.read_text(encoding="utf-8"))
        write_page(json.loads(RESULTS.read_text(encoding="utf-8")), before)
        print(os.path.relpath(PAGE))


if __name__ == "__main__":
    main()
