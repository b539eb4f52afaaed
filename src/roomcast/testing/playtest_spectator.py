"""Somebody who looks on in a playtest: a real observer of the server, from the oldest state that the room keeps."""

from __future__ import annotations

from typing import Any

import msgspec

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import VERSIONS, Entry, Hidden
from roomcast.core.protocol.observer_messages import History, HistoryRequest, Watch
from roomcast.core.room.fold import EMPTY, RoomState, apply, restore
from roomcast.core.server.directory import Directory
from roomcast.core.server.json_peer import JsonPeer
from roomcast.testing.playtest_connection import WIRE, PlaytestConnection


class PlaytestSpectator:
    """What everyone may see who looks on: `sees()` is the room's state, `sees("red")` that of a player.

    `received` is all that it was sent.
    """

    def __init__(self, directory: Directory, room: str, now: float) -> None:
        self.received: list[bytes] = []
        self._connection = PlaytestConnection()
        self._peer = JsonPeer(directory, self._connection, WIRE, "10.1.0.1", now)
        self._seq = -1  # of the last entry in `_state`
        self._at = 0
        self._state = EMPTY
        directory.enter(self._peer)
        self._say(Watch(room, v=VERSIONS), now)
        self._say(HistoryRequest(), now)

    def sees(self, player: str = "") -> dict[str, Any]:
        """A player's state, by key; "": the room's. Raises KeyError for who is not in the room."""
        return seen(self._state, player)

    def exchange(self, now: float) -> bool:
        """Read what was written. Returns whether there was anything."""
        frames = self._connection.frames
        moved = bool(frames)
        while frames:
            frame = frames.popleft()
            self.received.append(frame)
            for message in codec.messages_of(frame):
                if isinstance(message, History):
                    self._page(message, now)
                elif isinstance(message, Entry | Hidden):
                    self._follow(message)
        self._peer.heard = True
        return moved

    def _say(self, message: Watch | HistoryRequest, now: float) -> None:
        self._peer.receive(codec.encode(message), now)

    def _page(self, page: History, now: float) -> None:
        if page.snapshot is not None:
            self._seq, self._state = page.after, restore(page.snapshot)
        for line in page.entries:
            entry = codec.decode_server(bytes(line))
            assert isinstance(entry, Entry | Hidden)
            self._follow(entry)
        if page.entries and self._seq < page.last:
            self._say(HistoryRequest(self._seq, self._at), now)

    def _follow(self, entry: Entry | Hidden) -> None:
        if entry.s == self._seq + 1:
            self._seq, self._at = entry.s, entry.at
            if isinstance(entry, Entry):
                self._state = apply(self._state, entry)  # type: ignore[arg-type]  # each entry is one of the kinds


def seen(state: RoomState, player: str) -> dict[str, Any]:
    """What somebody has of a player's state, as plain values; "": of the room's."""
    fields = state.players[player].state if player else state.shared
    decoded: dict[str, Any] = msgspec.json.decode(fields.text())
    return decoded
