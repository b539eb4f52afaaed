"""`roomcast record`: what happens in a room, into a file that can be run again."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import BinaryIO, Final

import click

from roomcast.cli.options import SETTINGS, given_credential
from roomcast.cli.sizes import shown_size
from roomcast.cli.stop_signals import StopSignals
from roomcast.cli.trace_text import visible
from roomcast.client.finder import find_server
from roomcast.client.recorder import NAME, Recorder
from roomcast.client.recording_reader import kept_recording
from roomcast.errors import CannotServe, RoomClosed

_LOOK: Final = 0.2  # seconds between two looks at whether to end


@click.command(context_settings=SETTINGS)
@click.argument("source", metavar="WHERE")
@click.argument("names", metavar="[ROOM] FILE", nargs=-1)
@click.option("--from-now", is_flag=True, help="Begin with the room as it is now: leave out what happened before.")
@click.option("--name", default=NAME, show_default=True, metavar="NAME", help="What others call the recorder.")
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
def record(source: str, names: tuple[str, ...], from_now: bool, name: str, force: bool) -> int:
    """Write what happens in a room to FILE, until Ctrl-C: a recording, which programs can run again.

    WHERE is a room's name or its code, or an address: host:port/room. The recorder joins as a player, whom the others
    see come and go; rules that ask who comes get what the environment variable ROOMCAST_CREDENTIAL says. It begins as
    early as the room can still tell. FILE has a JSON object a line; whenever the recorder ends, it is a recording up to
    there. It holds what everybody in the room could read.

    With a file in which a server keeps its rooms (roomcast serve --keep) as WHERE, the room ROOM is taken from there.
    The server may go on meanwhile.

    \b
      roomcast record dots game.jsonl
      roomcast record 192.168.1.20:8112/dots game.jsonl --from-now
      roomcast record rooms.db dots game.jsonl

    \b
    To run it again, in a program:
      room = roomcast.replay("game.jsonl", speed=2.0)
    """
    if len(names) == 1:
        return _record_live(source, Path(names[0]), name, from_now=from_now, force=force)
    if len(names) != 2:
        raise click.UsageError("name a room and a file to write: roomcast record dots game.jsonl")
    if from_now:
        raise click.UsageError("--from-now is for a room that is being played, not for a file of rooms")
    return _record_kept(Path(source), names[0], Path(names[1]), force=force)


def _record_live(where: str, target: Path, name: str, *, from_now: bool, force: bool) -> int:
    if target.exists() and not force:
        raise _is_there(target)
    found = find_server(where, tell=_say, call=lambda address: f"roomcast record {address}")
    credential = given_credential()
    with StopSignals() as stop, Recorder(found, name=name, from_now=from_now, credential=credential) as recorder:
        with _opened(target, force=force) as file:
            began, shown = False, 0
            try:
                while not stop and not recorder.over:
                    recorder.record(file, _LOOK)
                    if not began and recorder.begins >= 0:
                        began = True
                        _say(_beginning(recorder, target))
                    shown = _show_progress(recorder, shown)
                recorder.finish(file)
            except OSError as error:
                raise CannotServe(f"{target} cannot be written: {error.strerror}", topic="recording") from None
            finally:
                _clear_progress()
        _say(f"{target}: {_size(recorder.entries, recorder.size)}")
        if recorder.over:
            raise RoomClosed(f"the room is over: {recorder.over.message}", recorder.over.code)
    return 0


def _beginning(recorder: Recorder, target: Path) -> str:
    room = f"Recording the room {visible(recorder.name)!r} to {target}"
    if recorder.begins == 0:
        return f"{room}, from its beginning. End with Ctrl-C."
    return f"{room}, from entry {recorder.begins + 1:,} on. End with Ctrl-C."


def _record_kept(source: Path, room: str, target: Path, *, force: bool) -> int:
    recording = kept_recording(source, room)
    with _opened(target, force=force) as file:
        try:
            for line in recording.lines:
                file.write(line + b"\n")
            file.flush()
        except OSError as error:
            raise CannotServe(f"{target} cannot be written: {error.strerror}", topic="recording") from None
        size = file.tell()
    begins = recording.header.s
    if begins:
        _say(f"The file has no entries before {begins + 1:,}.")
    _say(f"{target}: {_size(len(recording.lines) - 1, size)}")
    return 0


def _opened(target: Path, *, force: bool) -> BinaryIO:
    try:
        return target.open("wb" if force else "xb")
    except FileExistsError:
        raise _is_there(target) from None
    except OSError as error:
        raise CannotServe(f"{target} cannot be written: {error.strerror}", topic="recording") from None


def _is_there(target: Path) -> CannotServe:
    return CannotServe(f"{target} is there already: name another file, or replace it with --force", topic="recording")


def _size(entries: int, size: int) -> str:
    return f"{entries:,} {'entry' if entries == 1 else 'entries'}, {shown_size(size)}"


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _show_progress(recorder: Recorder, shown: int) -> int:
    """At a terminal, one line that changes. Returns what it shows."""
    if sys.stderr.isatty() and recorder.size != shown:
        width = max(20, os.get_terminal_size(sys.stderr.fileno()).columns - 1)
        print(f"\r{_size(recorder.entries, recorder.size)[:width]}\x1b[K", end="", file=sys.stderr, flush=True)
    return recorder.size


def _clear_progress() -> None:
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
