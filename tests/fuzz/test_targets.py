"""The targets notice what goes wrong: each fault here is planted, and one of the inputs that are kept finds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec
import pytest

from roomcast.client.players import Replica
from roomcast.core.client.log_follower import LogFollower
from roomcast.core.client.outbox import Outbox
from roomcast.core.protocol import codec, line_protocol
from roomcast.core.room.feed import Feed
from roomcast.core.room.log import Log
from roomcast.core.room.room import Room
from roomcast.core.room.seats import Seats
from roomcast.core.room.shared_state import StateSizes
from roomcast.core.server.directory import Directory
from roomcast.core.server.peer import Peer
from roomcast.core.server.waiting_peers import WaitingPeers
from tests.fuzz.targets import TARGETS

Patch = Callable[[pytest.MonkeyPatch], None]


def instead(owner: Any, name: str, other: Callable[..., Any]) -> Patch:
    """SetRequest `other` in the place of a function of ours; it gets the function as its first argument."""
    before = getattr(owner, name)

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(owner, name, lambda *args, **kwargs: other(before, *args, **kwargs))

    return patch


def _errors_of_others(before: Any, line: bytes, *limits: Any) -> Any:
    return (codec._core if before.__name__ == "decode_client" else codec._server)(line)


def _no_arguments(before: Any, line: bytes, *limits: Any) -> Any:
    message = before(line, *limits)
    return msgspec.structs.replace(message, n=message.n + 1) if hasattr(message, "a") else message


def _one_less(before: Any, log: Log, after: int, upto: int) -> Any:
    lines = before(log, after, upto)
    return lines[:-1] if len(lines) > 2 else lines


def _nothing(before: Any, *args: Any) -> None:
    return None


FAULTS: Final = {
    "errors of a library get out": ("json-client", instead(codec, "decode_client", _errors_of_others)),
    "a message changes on its way": ("json-client", instead(codec, "decode_client", _no_arguments)),
    "what a server says is not checked": ("json-server", instead(codec, "decode_server", _errors_of_others)),
    "a text may end a line": (
        "json-server",
        instead(line_protocol, "line", lambda _, *words: " ".join(words).encode() + b"\n"),
    ),
    "a line may be as long as it likes": ("starter", instead(line_protocol.LineReader, "_check", _nothing)),
    "a line that comes in pieces is lost": (
        "starter",
        instead(
            line_protocol.LineReader, "feed", lambda before, reader, data: before(reader, data if data[1:] else b"")
        ),
    ),
    "an entry is not sent": ("server", instead(Log, "lines", _one_less)),
    "the log is never trimmed": ("server", instead(Log, "trim", _nothing)),
    "the log of a room that fell behind is never caught up with": ("server", instead(Feed, "resume", _nothing)),
    "a session is never forgotten": ("server", instead(Seats, "remove", _nothing)),
    "a connection is never counted out": ("server", instead(Directory, "exit", _nothing)),
    "who goes away while its room is opened still waits": ("server", instead(WaitingPeers, "remove", _nothing)),
    "who waits for a room that cannot be opened waits on": ("server", instead(Directory, "_open_failed", _nothing)),
    "shared state has no limit": ("server", instead(StateSizes, "check", _nothing)),
    "a room has any number of seats": ("server", instead(Seats, "giving_way", _nothing)),
    "who is gone is not away": ("server", instead(Room, "drop", _nothing)),
    "all are sent away when one is": (
        "server",
        instead(
            Peer, "disconnect", lambda before, peer, *why: [before(one, *why) for one in list(peer.directory.peers)]
        ),
    ),
    "an order with a hole is taken": ("client", instead(LogFollower, "reject_hole", _nothing)),
    "an acknowledged message stays": ("client", instead(Outbox, "acknowledge", _nothing)),
    "a snapshot is not taken": ("client", instead(Replica, "replace", lambda before, *args: [])),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_noticed(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, patch = FAULTS[fault]
    target = TARGETS[name]
    inputs = [*target.seeds(), *(file.read_bytes() for file in target.inputs())]
    patch(monkeypatch)
    with pytest.raises(Exception):  # noqa: B017, PT011  # of whatever kind: the target is to notice
        any(map(target.run, inputs))
