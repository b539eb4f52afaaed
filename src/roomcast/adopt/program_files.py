"""Files of programs, read and written without a change to what the program does not show: encoding and line ends."""

from __future__ import annotations

import contextlib
import io
import os
import stat
import tokenize
from dataclasses import dataclass
from pathlib import Path

from roomcast.adopt.recognition import CannotAdopt

_MOST_BYTES = 200_000  # 5,000 lines; a program of a person is far smaller, and larger ones take minutes


@dataclass(frozen=True, slots=True)
class ProgramFile:
    """`source`: the text, with `\\n` as line end, whatever `newline` was in the file."""

    data: bytes  # the file as it is
    source: str
    encoding: str  # "utf-8-sig" where the file begins with a byte order mark
    newline: str
    mode: int | None  # permissions


def read_program(path: Path) -> ProgramFile:
    """Raises `CannotAdopt`, with a sentence that says what is wrong with the file."""
    try:
        if path.is_dir():
            raise CannotAdopt(f"{path} is a folder: name the file of the client, such as {path / 'client.py'}")
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise CannotAdopt(f"{path} is no file but a pipe or a device: save the program in a file first")
        if found.st_size > _MOST_BYTES:
            raise CannotAdopt(
                f"{path} has {found.st_size:,} bytes, and adopt reads programs of up to {_MOST_BYTES:,}: is it one?"
            )
        data, mode = path.read_bytes(), stat.S_IMODE(found.st_mode)
    except FileNotFoundError:
        raise CannotAdopt(
            f"there is no file {path}: is the name right, and is this the folder that it is in?"
        ) from None
    except OSError as error:
        raise CannotAdopt(f"{path} cannot be read: {error.strerror}") from None
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except (SyntaxError, UnicodeError, LookupError):  # LookupError: a codec that is none of texts, as rot13
        raise CannotAdopt(f"{path} is no text that Python could read: is it a program?") from None
    if "\0" in text:
        raise CannotAdopt(f"{path} has zero bytes in it: is it a program?")
    newline = "\r\n" if "\r\n" in text else "\n"
    return ProgramFile(data, text.replace("\r\n", "\n").replace("\r", "\n"), encoding, newline, mode)


def backup_of(path: Path) -> Path:
    """A name beside the file that is not taken: game.py.bak, game.py.bak2 …"""
    count = 1
    while os.path.lexists(kept := path.with_name(f"{path.name}.bak{'' if count == 1 else count}")):
        count += 1
    return kept


def write_program(path: Path, like: ProgramFile, source: str, *, replace: bool) -> None:
    """Write a program in the encoding and with the line ends of another; whole or not at all.

    Raises `CannotAdopt` where it cannot be written, or where there is such a file and it shall not be replaced.
    """
    # A room's name may have letters that the encoding has not: in a text of Python, \u0416 is the same letter.
    data = source.replace("\n", like.newline).encode(like.encoding, "backslashreplace")
    _write(path, data, like.mode, replace=replace)


def copy_program(path: Path, program: ProgramFile) -> None:
    """Write a program as it is, byte for byte. Raises `CannotAdopt` as `write_program` does for a new file."""
    _write(path, program.data, program.mode, replace=False)


def _write(path: Path, data: bytes, mode: int | None, *, replace: bool) -> None:
    if replace:
        path = path.resolve()  # of a link, the file is written that it leads to
    elif os.path.lexists(path):
        what = "a folder" if path.is_dir() else "a file"
        raise CannotAdopt(f"there is {what} {path} already: give another name, or remove it first")
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        if mode is not None:
            beside.chmod(mode)
        beside.replace(path)
    except OSError as error:
        raise CannotAdopt(f"{path} cannot be written: {error.strerror}") from None
    finally:
        with contextlib.suppress(OSError):  # it is the file itself by now, if all went well
            beside.unlink()
