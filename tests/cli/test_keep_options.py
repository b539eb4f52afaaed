"""`roomcast serve --keep`: the flags, and what they say when they cannot be."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import click
import pytest

from roomcast import Limits
from roomcast.cli import main
from roomcast.cli.keep_options import take_store
from roomcast.core.room.commit_log import Level
from roomcast.help_topics import link
from roomcast.storage.sqlite import SqliteStore
from roomcast.storage.sqlite_opening import ReadLimits

MORE = "(help: roomcast serve --help)"


def said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *flags: str, **environment: str
) -> tuple[int, str]:
    """Run `roomcast serve FLAGS`, which should fail: its exit code and its one sentence."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.argv", ["roomcast", "serve", "--host", "127.0.0.1", "--port", "0", "--no-starter", *flags])
    with pytest.raises(SystemExit) as ended:
        main()
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("roomcast: ")
    assert output.err.count("\n") == 1
    assert isinstance(ended.value.code, int)
    return ended.value.code, output.err.removeprefix("roomcast: ").strip()


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (
            ["--keep", "rooms.db", "--level", "some"],
            "Invalid value for '--level': 'some' is not one of 'none', 'relaxed', 'full'. " + MORE,
        ),
        (
            ["--keep", "rooms.db", "--room-level", "chat"],
            "--room-level chat: write it like --room-level chat=full (none, relaxed, full) " + MORE,
        ),
        (
            ["--keep", "rooms.db", "--room-level", "chat=fast"],
            "--room-level chat=fast: write it like --room-level chat=full (none, relaxed, full) " + MORE,
        ),
        (
            ["--keep", "rooms.db", "--room-level", "a/b=full"],
            "--room-level a/b=full: a room's name holds no '/': 'a/b'. (help: roomcast serve --help)",
        ),
        (
            ["--keep", "rooms.db", "--room-level", "=full"],
            "--room-level =full: a room's name is empty: give it at least one character. (help: roomcast serve --help)",
        ),
        (
            ["--room-level", "chat=full"],
            "--room-level needs a file to keep rooms in: --keep rooms.db. (help: roomcast serve --help)",
        ),
        (
            ["--level", "full"],
            "--level needs a file to keep rooms in: --keep rooms.db. (help: roomcast serve --help)",
        ),
        (["--keep", "/"], "Invalid value for '--keep': File '/' is a directory. (help: roomcast serve --help)"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_is_said_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], flags: list[str], sentence: str
) -> None:
    assert said(monkeypatch, capsys, *flags) == (2, sentence)


def test_wrong_words_in_the_environment_are_said_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, sentence = said(monkeypatch, capsys, ROOMCAST_LEVEL="some", ROOMCAST_KEEP="rooms.db")
    assert code == 2
    assert sentence.startswith("Invalid value for '--level': 'some'")
    code, sentence = said(monkeypatch, capsys, ROOMCAST_LEVEL="full", ROOMCAST_ROOM_LEVEL="chat=full quiz")
    assert code == 2
    assert sentence.startswith("--room-level quiz: write it like")


def test_a_file_that_will_not_do_is_said_before_the_server_listens(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    missing = tmp_path / "no" / "rooms.db"
    code, sentence = said(monkeypatch, capsys, "--keep", str(missing))
    assert code == 1
    assert sentence == f"{missing} cannot be opened: is there such a folder, and may it be written? {link('kept-file')}"
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.commit()
    connection.close()
    code, sentence = said(monkeypatch, capsys, "--keep", str(other))
    assert code == 1
    assert sentence == f"{other} is a database of another program: name another file {link('kept-file')}"


def test_help_tells_the_levels_apart(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["roomcast", "serve", "--help"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    text = " ".join(capsys.readouterr().out.split())
    assert "--keep FILE" in text
    assert "--room-level ROOM=LEVEL" in text
    assert "--level [none|relaxed|full]" in text
    assert "full: on disk before anyone sees it, so that nothing that anyone saw is ever lost." in text
    assert "relaxed: seen at once, on disk within 50 ms." in text
    assert "Default: relaxed." in text
    assert text.index("--keep FILE") < text.index("Limits:")


# ---------------------------------------------------------------------- the store that they make


def levels(store: SqliteStore | None) -> tuple[Level, dict[str, Level]]:
    assert store is not None
    return store.level, store._levels


def test_without_a_file_rooms_are_in_memory() -> None:
    assert take_store(None, None, (), Limits()) is None
    assert take_store(None, "none", (), Limits()) is None


def test_rooms_are_relaxed_unless_another_level_is_named() -> None:
    file = Path("rooms.db")
    assert levels(take_store(file, None, (), Limits())) == (Level.RELAXED, {})
    assert levels(take_store(file, "full", (), Limits())) == (Level.FULL, {})
    assert levels(take_store(file, "none", ("chat=full", "a=b=relaxed", " Zoe\u0308 =full"), Limits())) == (
        Level.NONE,
        {"chat": Level.FULL, "a=b": Level.RELAXED, "Zoë": Level.FULL},
    )


def test_as_much_is_read_back_as_a_room_keeps() -> None:
    store = take_store(Path("rooms.db"), None, (), Limits(kept_entries=50, kept_bytes=7000))
    assert store is not None
    assert store._kept == ReadLimits(50, 7000)


def test_a_room_without_a_file_is_a_usage_error() -> None:
    with pytest.raises(click.UsageError, match="needs a file"):
        take_store(None, None, ("chat=none",), Limits())
