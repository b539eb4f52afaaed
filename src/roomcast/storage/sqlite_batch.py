"""What one commit writes: a batch for each room, all of them by one SQL statement.

In a busy server each SQL statement costs time: `sqlite3` releases the GIL while a statement runs, and with Python's
default switch interval it may take 5 ms to get it back. Also, one statement is one transaction without `BEGIN` and
`COMMIT`. So a batch is inserted into a temporary view, whose trigger writes to the tables.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Raw

from roomcast.core.protocol.messages import Snapshot
from roomcast.core.room.commit_log import SavedSession, World, hashed
from roomcast.core.room.private_lines import TurnLines, kept_text
from roomcast.core.room.rules_fold import Truth, TruthPatch

MAX_ROWS: Final = 256  # of one statement; a power of two

Row: TypeAlias = tuple[Any, ...]  # the columns of the view

_COLUMNS: Final = (
    "room", "first", "last", "lines", "private", "numbers", "forgotten", "sessions", "snapshot_seq", "snapshot",
    "world_seq", "world", "world_snapshot", "told", "turns", "rules", "snapshot_rules",
)  # fmt: skip
# Rows with no room fill a statement up to the next power of two, so that few different statements are prepared.
_FILLER: Final[Row] = (None,) * len(_COLUMNS)

_VIEW: Final = f"""
CREATE TEMP VIEW commits AS SELECT {", ".join(f"NULL AS {column}" for column in _COLUMNS)};
CREATE TEMP TRIGGER write_batch INSTEAD OF INSERT ON commits WHEN NEW.room IS NOT NULL
BEGIN
    INSERT INTO batches
        SELECT NEW.room, NEW.first, NEW.last, NEW.lines, NEW.private, NEW.turns, NEW.rules WHERE NEW.first IS NOT NULL;
    UPDATE rooms SET last = coalesce(NEW.last, last), told = coalesce(NEW.told, told)
        WHERE id = NEW.room AND (NEW.first IS NOT NULL OR NEW.told IS NOT NULL);
    DELETE FROM sessions WHERE secret IN (SELECT value FROM json_each(NEW.forgotten));
    INSERT OR REPLACE INTO sessions
        SELECT json_extract(value, '$[0]'), NEW.room, json_extract(value, '$[1]'), json_extract(value, '$[2]'),
            json_extract(value, '$[3]'), CAST(json_extract(value, '$[4]') AS BLOB), json_extract(value, '$[5]')
        FROM json_each(NEW.sessions);
    UPDATE sessions SET n = value FROM json_each(NEW.numbers) WHERE secret = key;
    INSERT OR REPLACE INTO snapshots
        SELECT NEW.room, NEW.snapshot_seq, NEW.snapshot, NEW.snapshot_rules WHERE NEW.snapshot_seq IS NOT NULL;
    INSERT OR REPLACE INTO worlds
        SELECT NEW.room, NEW.world_seq, NEW.world, NEW.world_snapshot WHERE NEW.world_seq IS NOT NULL;
END;
"""


class Batch:
    """What one commit log was given since its last commit."""

    __slots__ = ("first", "forgotten", "lines", "numbers", "private", "rules", "sessions", "snapshot", "told", "truth",
                 "turns", "world")  # fmt: skip

    def __init__(self) -> None:
        self.first = 0  # seq of the first line
        self.lines: list[bytes] = []
        self.private: dict[str, str] = {}  # private lines, by seq
        self.sessions: dict[str, SavedSession] = {}  # new or changed, by secret
        self.numbers: dict[str, int] = {}  # the highest number used, by secret
        self.forgotten: list[str] = []  # secrets; deleted before `sessions` are written
        self.snapshot: tuple[int, Snapshot] | None = None  # and its seq
        self.truth: Truth | None = None  # of the rules at the snapshot
        self.turns: dict[str, TurnLines] = {}  # what single players read, by seq
        self.rules: dict[str, TruthPatch] = {}  # what turns change of the rules' truth, by seq
        self.world: World | None = None
        self.told = 0  # the room's time may be told up to it: Unix ms; 0: as far as it was before

    def __bool__(self) -> bool:
        return bool(
            self.lines
            or self.sessions
            or self.numbers
            or self.forgotten
            or self.snapshot
            or self.world is not None
            or self.told
        )

    @property
    def last(self) -> int:
        """Seq of the last line; 0: the batch has no lines."""
        return self.first + len(self.lines) - 1 if self.lines else 0

    @property
    def size(self) -> int:
        """Bytes of the lines, as they are on disk, about."""
        own = sum(map(len, self.private.values())) + sum(len(one.text) for one in self.rules.values())
        return sum(map(len, self.lines)) + len(self.lines) + own + sum(one.size for one in self.turns.values())

    def row(self, room_id: int) -> Row:
        """The batch as a row of the view. Raises TypeError for what JSON cannot carry."""
        seq, snapshot = (None, None) if self.snapshot is None else self.snapshot
        world = self.world
        return (
            room_id,
            self.first if self.lines else None,
            self.last if self.lines else None,
            b"\n".join(self.lines) if self.lines else None,
            msgspec.json.encode(self.private) if self.private else None,
            _json({hashed(secret): n for secret, n in self.numbers.items()}),
            _json([hashed(secret) for secret in self.forgotten]),
            _json([_session(one) for one in self.sessions.values()]),
            seq,
            None if snapshot is None else msgspec.json.encode(snapshot),
            None if world is None else world.seq,
            None if world is None else world.text.encode("utf-8", "replace"),
            None if world is None else msgspec.json.encode(world.snapshot),
            self.told or None,
            msgspec.json.encode({seq: kept_text(one) for seq, one in self.turns.items()}) if self.turns else None,
            msgspec.json.encode({seq: Raw(one.text) for seq, one in self.rules.items()}) if self.rules else None,
            None if self.truth is None else self.truth.text,
        )


def _session(one: SavedSession) -> tuple[str, str, str, int, str | None, int | None]:
    left = None if one.left_state is None else bytes(one.left_state).decode()
    return hashed(one.secret), one.player, one.name, one.n, left, one.began


def _json(values: Any) -> str | None:
    """For SQLite's JSON functions; None: nothing to do."""
    return msgspec.json.encode(values).decode() if values else None


def prepare_commits(connection: sqlite3.Connection) -> None:
    """Make the view, which lives as long as the connection."""
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.executescript(_VIEW)


def commit(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Write at most `MAX_ROWS` rows of different rooms: all or, with an `sqlite3.Error`, nothing."""
    size = 1 << (len(rows) - 1).bit_length()
    values = ", ".join([f"({', '.join('?' * len(_COLUMNS))})"] * size)
    filled = [*rows, *[_FILLER] * (size - len(rows))]
    connection.execute(f"INSERT INTO commits VALUES {values}", [value for row in filled for value in row])
