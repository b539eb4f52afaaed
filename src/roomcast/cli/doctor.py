"""`roomcast doctor`: what keeps others from joining, and what to do about it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import click
from rich.console import Console
from rich.text import Text

from roomcast.cli import computer_checks, network_checks, path_checks
from roomcast.cli.doctor_finding import SIGNS, STYLES, Finding, Severity
from roomcast.cli.options import SETTINGS, Port, colour_option
from roomcast.cli.trace_text import visible
from roomcast.client.where import parse_where
from roomcast.discovery.service import PORT


@click.command(context_settings=SETTINGS)
@click.argument("server", required=False)
@click.option("--port", type=Port(), default=PORT, metavar="N", help=f"The port of your server. Default: {PORT}.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array of findings, for programs.")
@colour_option
def doctor(server: str | None, port: int, as_json: bool, console: Console) -> int:
    """Find out what keeps others from joining, and what to do about it.

    It looks at this computer's addresses, whether the port of your server can be reached at them, at firewalls, and
    whether computers on this network can find each other. With SERVER, an address such as 192.168.1.20:8112, it tries
    the way from here to there: run that on the computer that cannot join.

    \b
      ✓ good   › to know   ! may keep somebody out   ✗ keeps everybody out (then the exit code is 1)

    \b
      roomcast doctor
      roomcast doctor 192.168.1.20:8112
    """
    findings = _findings(server, port)
    if as_json:
        everything = list(findings)
        click.echo(json.dumps([one.as_json() for one in everything], ensure_ascii=False, indent=2))
    else:
        everything = _printed(findings, console)
    return 1 if any(one.level is Severity.BROKEN for one in everything) else 0


def _findings(server: str | None, port: int) -> Iterator[Finding]:
    if server is not None:
        named = server.rstrip("/")
        has_room = "/" in named.rpartition("://")[2]
        parts = urlsplit(parse_where(named if has_room else f"{named}/any").url)
        assert parts.hostname is not None
        tls = parts.scheme == "wss"
        return itertools.chain(
            path_checks.path_to(parts.hostname, parts.port or (443 if tls else 80), tls=tls), network_checks.places()
        )
    return itertools.chain(
        computer_checks.examine(),
        network_checks.addresses(port),
        network_checks.port_is_open(port),
        network_checks.multicast(),
        network_checks.from_elsewhere(port),
    )


def _printed(findings: Iterator[Finding], console: Console) -> list[Finding]:
    """Print each finding as it comes, because some checks take seconds."""
    everything: list[Finding] = []
    for one in findings:
        if not everything or everything[-1].topic != one.topic:
            console.print(Text(f"{chr(10) if everything else ''}{one.topic}", "bold"))
        _print_hanging(console, Text(f"  {SIGNS[one.level]} ", STYLES[one.level]), one.words)
        if one.todo:
            _print_hanging(console, Text("    → ", "dim"), one.todo)
        console.file.flush()
        everything.append(one)
    console.print(_verdict(everything))
    return everything


def _print_hanging(console: Console, sign: Text, words: str) -> None:
    """Print a sign and text beside it, wrapped with a hanging indent and without trailing blanks."""
    width = max(20, console.width - len(sign))
    for number, line in enumerate(Text(visible(words)).wrap(console, width)):
        line.rstrip()
        console.print(Text.assemble(sign if number == 0 else " " * len(sign), line), soft_wrap=True)


def _verdict(everything: list[Finding]) -> Text:
    broken = sum(one.level is Severity.BROKEN for one in everything)
    warnings = sum(one.level is Severity.WARNING for one in everything)
    if broken:
        return Text(
            f"\n{broken} {'thing keeps' if broken == 1 else 'things keep'} others out: see ✗ above.", "bold red"
        )
    if warnings:
        return Text(f"\nNothing is broken; {warnings} of these may keep somebody out: see ! above.", "yellow")
    return Text("\nAll is well here.", "green")
