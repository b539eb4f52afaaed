"""What `on_auth` has said of each player in a room: `player.auth`. It is for the rules alone, and does not change."""

from __future__ import annotations

from collections.abc import Container
from typing import Final

from roomcast.rules.boxes import Box
from roomcast.rules.json_texts import decoded
from roomcast.rules.kept_boxes import KeptBoxes
from roomcast.rules.ledger import Ledger
from roomcast.rules.rejection import RulesMistake
from roomcast.rules.room_player import AUTH, Player

_NOTHING: Final = (b"", b"{}")


class AuthBox(Box):
    """The one field of one player. Nobody in the room is sent it."""

    __slots__ = ("_is_set",)

    def begin(self, auth: bytes) -> None:
        """The player comes in."""
        self._is_set = True
        self.set(AUTH, decoded(auth))

    def draft(self) -> bool:
        """As `Box.draft`. Raises `RulesMistake` where a handler has changed it."""
        changed = Box.draft(self)
        if changed and not self._is_set:
            raise RulesMistake(
                "player.auth stays what on_auth has returned: keep what changes in player[…], or as self.something"
            )
        return changed

    def keep(self) -> None:
        Box.keep(self)
        self._is_set = False


class KnownPlayers:
    """Of one room. `boxes`: what its disk keeps; `ledger`: as of `Box`."""

    __slots__ = ("_all", "_boxes", "_ledger")

    def __init__(self, boxes: KeptBoxes, ledger: Ledger) -> None:
        self._boxes = boxes
        self._ledger = ledger
        self._all: dict[str, AuthBox] = {}  # by player, of those of whom anything is known

    @property
    def size(self) -> int:
        """Bytes of all of them, about."""
        return sum(box.size_then for box in self._all.values())

    def add(self, player: Player, auth: bytes) -> None:
        """A player comes in, of whom that is known."""
        if auth not in _NOTHING:
            self._add(player).begin(auth)

    def add_kept(self, player: Player, kept: Container[str]) -> None:
        """A player is in a room that is being restored; `kept`: names of boxes."""
        if _name_of(player.id) in kept:
            self._add(player)._is_set = False

    def forget(self, player: str) -> None:
        """It is not in the room any more."""
        box = self._all.pop(player, None)
        if box is not None:
            self._boxes.remove(box)

    def _add(self, player: Player) -> AuthBox:
        box = self._all[player.id] = AuthBox("player.auth", self._ledger)
        self._boxes.add(_name_of(player.id), box)
        player._auth = box
        return box


def _name_of(player: str) -> str:
    return f"auth {player}"
