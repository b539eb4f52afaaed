"""`roomcast bench`: how fast a server is, on this computer, measured with many players in processes of their own."""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from roomcast.cli.options import SETTINGS, colour_option
from roomcast.client.where import parse_where
from roomcast.loadtest import load, plots
from roomcast.loadtest.criteria import is_disturbed, is_held
from roomcast.loadtest.server_process import MeasuredServer, cores, serving
from roomcast.loadtest.workloads import WORKLOADS, Outcome, Step, Workload

_HOLD: Final = 30.0  # seconds that idle connections are held by default: longer than a server's timeout for silent ones
_STEP: Final = 2.0  # seconds of a step
_HEADING: Final = "   copies/s     p50     p99   p99.9  max ms    server   µs/copy   µs/command"


class _WorkloadLetter(click.ParamType[str]):
    """One of the workloads."""

    name = "workload"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        letter = str(value).upper()
        if letter not in WORKLOADS:
            self.fail(f"there is no workload {value!r}: choose from {', '.join(WORKLOADS)}", param, ctx)
        return letter


@click.command(context_settings=SETTINGS)
@click.argument("letters", metavar="[WORKLOAD]...", nargs=-1, type=_WorkloadLetter())
@click.option("--server", metavar="ADDRESS", help="Measure this server, host:port. Default: one is started for it.")
@click.option(
    "--serve", "flags", default="", metavar="FLAGS", help="Flags for the server that is started, such as '--pace 0'."
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="One step at this many copies a second. Default: search for the highest rate, if the workload has none.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0.1),
    metavar="N",
    help=f"How long a step takes. Default: {_STEP:g}, and {_HOLD:g} for idle connections.",
)
@click.option("--rooms", type=click.IntRange(1), metavar="N", help="This many rooms instead of the workload's.")
@click.option("--players", type=click.IntRange(1), metavar="N", help="This many players in each room.")
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Run the players in this many processes. Default: one for each core but the server's, 8 at most.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else.")
@click.option(
    "--plot",
    "picture",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Draw latency and processor time against rate into this PNG (needs roomcast[bench]).",
)
@colour_option
def bench(
    letters: tuple[str, ...],
    server: str | None,
    flags: str,
    rate: float | None,
    seconds: float | None,
    rooms: int | None,
    players: int | None,
    processes: int | None,
    as_json: bool,
    picture: Path | None,
    console: Console,
) -> int:
    """Measure how fast a server is.

    The workloads:

    \b
      A  one room of 100, all send        E  2,000 players arrive within a second,
      B  200 rooms of 2                      while 100 others play
      C  one sender, 1,000 listeners      F  100 players change shared state
      D  10,000 idle connections             20 times a second
      P  one room of 64, each command private to 8

    \b
      roomcast bench                     the highest rate of A, in about half a minute
      roomcast bench A B C --plot rates.png
      roomcast bench A --rate 200000     what a copy costs at that rate
      roomcast bench D --players 25      5,000 idle connections: 200 rooms of 25
      roomcast bench --serve '--pace 0'  the same with another setting
      roomcast bench --server 192.168.1.20:8112

    A copy is a command as it arrives at one player: in a room of 100, each command makes 100. Every command is due at
    a time of its own, whether or not earlier ones have come back, and latency counts from then. A rate is held if 99
    of 100 copies come within 50 ms, and all of them come, in order. Where the players' processes fall behind, the
    output says so: then the server could do more.

    µs/copy is all of the server's processor time; µs/command is its program's alone, without the system's for it.

    All limits of the server that is started here are out of the way. A server on another computer needs the same:
    --room-players, --connections-address, --address-time, --rate and --burst set high.
    """
    if picture is not None and not plots.can_draw():
        raise click.UsageError("--plot needs matplotlib: pip install 'roomcast[bench]'")
    if server is not None and flags:
        raise click.UsageError("--serve is for a server that is started here: leave out either --serve or --server")
    quiet = Console(quiet=True) if as_json else console
    outcomes = []
    for letter in letters or ("A",):
        workload = _changed(WORKLOADS[letter], rooms, players)
        changed = "" if workload == WORKLOADS[letter] else f", changed: {workload.rooms} of {workload.players}"
        quiet.print(f"{letter}  {workload.title}{changed}", style="bold", highlight=False)
        outcomes.append(_measure(workload, server, flags, rate, seconds, processes, quiet))
        _print_outcome(outcomes[-1], quiet)
    if as_json:
        print(json.dumps([_as_json(outcome) for outcome in outcomes], indent=1))
    if picture is not None:
        plots.png(outcomes, picture)
        quiet.print(f"{picture}")
    return 1 if any(outcome.trouble or not all(step.whole for step in outcome.steps) for outcome in outcomes) else 0


def _changed(workload: Workload, rooms: int | None, players: int | None) -> Workload:
    senders = workload.senders
    if players is not None and senders == workload.players:  # in this workload everyone sends
        senders = players
    return dataclasses.replace(
        workload,
        rooms=rooms or workload.rooms,
        players=players or workload.players,
        senders=min(senders, players or senders),
        to=min(workload.to, (players or workload.players) - 1),
    )


def _measure(
    workload: Workload,
    server: str | None,
    flags: str,
    rate: float | None,
    seconds: float | None,
    processes: int | None,
    console: Console,
) -> Outcome:
    if not workload.idle:
        console.print(_HEADING, style="dim")
    with _the_server(server, flags) as measured, console.status(f"{workload.connections:,} players come in …"):
        return load.run(
            measured,
            workload,
            processes=processes or max(1, min(8, len(cores()) or os.cpu_count() or 1) - 1),
            seconds=seconds or (_HOLD if workload.idle else _STEP),
            rate=rate,
            on_step=lambda step: _print_step(step, console),
        )


@contextmanager
def _the_server(server: str | None, flags: str) -> Iterator[MeasuredServer]:
    if server is None:
        with serving(shlex.split(flags)) as started:
            yield started
    else:
        yield MeasuredServer(parse_where(server if "://" in server else f"{server}/bench").url, None)


def _print_step(step: Step, console: Console) -> None:
    """One line for one step."""
    line = f"{step.rate:11,.0f} " + " ".join(f"{ms:7.2f}" for ms in (step.p50, step.p99, step.p999, step.most))
    if step.user is not None and step.system is not None:
        line += (
            f" {(step.user + step.system) / step.seconds:9.0%} {step.time_per_copy:9.2f} {step.time_per_command:12.2f}"
        )
    console.print(line, style="" if is_held(step) else "red", highlight=False)


def _print_outcome(outcome: Outcome, console: Console) -> None:
    """The result, in sentences."""
    if outcome.highest is not None:
        for line in plots.bars(outcome.steps, 40):
            console.print(line, highlight=False)
        commands = outcome.highest / outcome.workload.copies
        console.print(
            f"Highest rate held: {outcome.highest:,.0f} copies a second, {commands:,.0f} commands.",
            style="bold",
            highlight=False,
        )
        if outcome.limited_by == "load":
            console.print(
                "The players' processes were the limit, not the server: it can take a higher rate.", style="yellow"
            )
    elif outcome.steps and (late := outcome.steps[0].late_p99) > 5.0:
        console.print(
            f"The players were {late:.0f} ms behind their plan (p99), which the latencies contain.", style="yellow"
        )
    disturbed = max((step.disturbed for step in outcome.steps), default=0.0)
    if is_disturbed(disturbed):
        console.print(
            f"Other programs used a core that was needed here, for up to {disturbed:.0%} of a step: "
            "end them, and measure again.",
            style="yellow",
        )
    if arrivals := outcome.arrivals:
        console.print(
            f"{arrivals['count']:,.0f} newcomers: all in after {arrivals['all'] / 1000:.2f} s; "
            f"each within {arrivals['p50']:.0f} ms (p50), {arrivals['p99']:.0f} ms (p99) of when it was due."
        )
    if outcome.held is not None:
        console.print(f"{outcome.held:,} of {outcome.workload.connections:,} connections held.")
    if outcome.memory is not None:
        console.print(f"Memory of the server: {outcome.memory / 1024:.1f} KiB a connection.")
    if outcome.trouble:
        console.print(f"{outcome.trouble[0].upper()}{outcome.trouble[1:]}.", style="bold red")
    elif outcome.steps and all(step.whole for step in outcome.steps):
        console.print("Every copy arrived, in order.")
    console.print()


def _as_json(outcome: Outcome) -> dict[str, Any]:
    """The outcome as JSON-compatible values."""
    told = dataclasses.asdict(outcome)
    told["steps"] = [
        dataclasses.asdict(step) | {"us_a_copy": step.time_per_copy, "us_a_command": step.time_per_command}
        for step in outcome.steps
    ]
    return told
