"""Rooms with rules in which a short message makes the server do much: what `make prices` measures."""

from __future__ import annotations

from typing import Any

from roomcast.server import Owner, Player, Players, Room

NUMBERS = list(range(8_000))  # 39 KB of JSON


class Hand(Player):
    cards: Owner[list[int]]


class Priced(Room):
    """Large values: of a player alone, and of the rules."""

    max_players = 64
    players: Players[Hand]

    def on_create(self, options: dict[str, Any]) -> None:
        self.deck = list(NUMBERS)

    def on_join(self, player: Hand) -> None:
        player["moves"] = 0
        player.cards = list(NUMBERS)

    def on_move(self, player: Hand) -> None:
        player["moves"] += 1

    def on_turn(self, player: Hand) -> None:
        player.cards.reverse()

    def on_look(self, player: Hand) -> None:
        player["moves"] = self.deck[0]

    def on_say(self, player: Hand) -> None:
        self.emit("said", "x" * 40_000)


class Asking(Room):
    """Its rules know nobody."""

    @staticmethod
    def on_auth(name: str, credential: str | None, options: dict[str, Any]) -> bool:
        return False


class Viewed(Room):
    """Each player has a view of its own."""

    max_players = 64

    def on_join(self, player: Player) -> None:
        player["moves"] = 0

    def on_move(self, player: Player) -> None:
        player["moves"] += 1

    def view_player(self, player: Player, key: str) -> dict[str, int]:
        return {"moves": player["moves"]}
