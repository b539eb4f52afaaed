"""The events of a client core: entries of the log as they arrive, and the records here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from roomcast.core.client.pending_answer import PendingAnswer
from roomcast.core.protocol.messages import AnyEntry, Error, Hidden, Save, Skipped, Snapshot


@dataclass(frozen=True, slots=True)
class Joined:
    """The server has sent a snapshot to start from: the session is new, or a crash undid entries that we had seen."""

    me: str  # our player's id
    seq: int  # of the snapshot
    snapshot: Snapshot
    lost: str = ""  # why what came before is over, as a sentence; "": nothing came before
    dropped: int = 0  # messages of the older session that were sent and never acknowledged
    log: int = 1  # which of the logs that this client has followed; entries with the same seq may differ
    upto: int = 0  # seq of the log's end then: entries up to it are run that others have run before
    world: str = ""  # JSON text: the programs' own state at `seq`; "": there is none
    before: int = 0  # commands that were sent before `seq`, about
    again: bool = False  # the program has asked to begin once more: what came before counts for nothing


@dataclass(frozen=True, slots=True)
class Resumed:
    """The session is resumed, and the log continues without a gap."""

    missed: int  # entries that were added meanwhile; they follow


@dataclass(frozen=True, slots=True)
class Offline:
    """The connection is lost; the client connects again without being asked."""

    why: str  # as a sentence


@dataclass(frozen=True, slots=True)
class Closed:
    """The end: no event follows."""

    code: str  # "left", or that of the server's bye
    message: str


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer has come, or it is known that none will."""

    answer: PendingAnswer


Event: TypeAlias = AnyEntry | Hidden | Skipped | Save | Error | Joined | Resumed | Offline | Closed | Answered
"""What is in `ClientCore.events`, in order."""
