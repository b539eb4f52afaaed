"""`roomcast adopt`: a first multiplayer program, on plain sockets, becomes the same program on Roomcast."""

from __future__ import annotations

import difflib
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from roomcast.adopt import Adoption
from roomcast.adopt import adopt as adopted
from roomcast.adopt.program_files import ProgramFile, backup_of, copy_program, read_program, write_program
from roomcast.cli.options import SETTINGS, colour_option, new_console
from roomcast.cli.trace_text import visible
from roomcast.cli.typed_path import typed_path
from roomcast.core.protocol.names import clean_room_name

_STYLES = {"+++": "bold", "---": "bold", "@@": "cyan", "+": "green", "-": "red"}


@click.command(context_settings=SETTINGS)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--apply", "apply", is_flag=True, help="Change the file. A copy of it is kept as FILE.bak.")
@click.option(
    "--output", type=click.Path(path_type=Path, allow_dash=True), metavar="FILE",
    help="Write the new program to another file; - prints it.",
)  # fmt: skip
@click.option("--room", default="dots", show_default=True, metavar="NAME", help="The room that the new program joins.")
@colour_option
def adopt(file: Path, apply: bool, output: Path | None, room: str, console: Console) -> int:
    """Turn a program on plain sockets into the same program on Roomcast.

    FILE is the client of a first multiplayer program: it connects a socket, a thread reads lines into a queue, and
    a chain of `if command == ...` does what each of them says. What is printed is a diff, and nothing is changed:

    \b
      roomcast adopt game.py                     show what would change
      roomcast adopt game.py --apply             change it, and keep a copy: game.py.bak
      roomcast adopt game.py --output new.py     write the new program beside it

    \b
      the socket and its connect     room = roomcast.join("dots")
      the thread and the queue       room.pump(), or room.attach(window)
      if command == "move": ...      @room.on("move"), a function
      newPlayer and myIDis           @room.on("join")
      server.send("move 5 0\\n" ...)   room.send("move", 5, 0)

    All else stays as it is, byte for byte. What cannot be told is marked by a comment, "# roomcast: ...", and listed
    with the reason; the exit code is 1 then. You need no server of your own any more: `roomcast serve` takes its
    place, and clients that you have not adopted yet play in the same room, through port 50003.
    """
    if apply and output is not None:
        raise click.UsageError("--apply changes the file itself, and --output writes another: choose one of them")
    room = clean_room_name(room)
    program = read_program(file)
    result = adopted(program.source, file.name, room)
    if output is not None:
        if str(output) == "-":
            click.echo(result.source, nl=False)
        else:
            write_program(output, program, result.source, replace=False)
    elif not apply:
        _print_diff(console, file, program, result)
    kept = backup_of(file) if apply else None
    if kept is not None:
        copy_program(kept, program)
        write_program(file, program, result.source, replace=True)
    _report(file, result, kept, output)
    return 1 if result.doubts else 0


def _print_diff(console: Console, file: Path, program: ProgramFile, result: Adoption) -> None:
    old, new = program.source.splitlines(keepends=True), result.source.splitlines(keepends=True)
    for line in difflib.unified_diff(old, new, str(file), str(file)):
        text = line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        if not console.is_terminal:
            click.echo(text, nl=False)
            continue
        style = next((style for start, style in _STYLES.items() if line.startswith(start)), "")
        console.print(Text(visible(text.rstrip("\n")), style), soft_wrap=True)


def _report(file: Path, result: Adoption, kept: Path | None, output: Path | None) -> None:
    """On stderr, so that a diff in a pipe is only a diff."""
    console = new_console()
    console.stderr = True

    def say(text: str = "", style: str = "") -> None:
        console.print(Text(text, style), soft_wrap=True)

    say()
    say(f"What {'has changed' if kept or output else 'would change'} (lines of {visible(file.name)}):", "bold")
    for one in result.changes:
        say(f"  {one.line:>4}  {visible(one.text)}")
    if result.doubts:
        say("What could not be told, and is marked with # roomcast:", "bold")
        for one in result.doubts:
            say(f"  {one.line:>4}  {visible(one.text)}", "yellow")
    say()
    if kept is not None:
        say(
            f"{visible(str(file))} is changed; as it was, it is in {visible(str(kept))}. "
            "Try it: roomcast serve, then the program."
        )
    elif output is not None and str(output) != "-":
        say(f"The new program is in {visible(str(output))}. Try it: roomcast serve, then the program.")
    elif output is None:
        command = f"roomcast adopt {visible(typed_path(file))} --apply"
        say(f"Nothing is changed yet. To change it, with a copy kept: {command}")
