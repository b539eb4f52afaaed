"""A lobby that brings together those who suit each other: by rank and region, less exactly the longer they wait."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from roomcast.core.protocol.limits import DEFAULTS
from roomcast.core.protocol.made_names import made_name
from roomcast.rules.rejection import Reject
from roomcast.rules.room_class import Room
from roomcast.rules.room_player import Player

_SECRET_BITS: Final = 128
_LONGEST_REGION: Final = 50  # letters: all who wait are kept, and looked at, together


class Matchmaking(Room):
    """A lobby. Programs call `seek(rank, region)`; those who match run `matched(room)`, and join that room.

        class Lobby(Matchmaking):
            game = "duel"

    The room is a private one that is not made yet: who knows its name comes in, and nobody else does.
    `player["seeking"]` says who waits. Write other limits in the class, or another `suit`.
    """

    game: ClassVar[str] = ""
    """Of which kind the rooms are in which those play who match."""
    players_a_game: ClassVar[int] = 2
    rank_within: ClassVar[float] = 50.0
    """By how much the ranks of one game may differ at first."""
    rank_wider: ClassVar[float] = 10.0
    """… and by how much more with each second that all of them have waited."""
    other_regions_after: ClassVar[float] = 20.0
    """Seconds that all of them have waited, after which they need not be of one region."""

    def on_create(self) -> None:
        self.waiting: dict[str, dict[str, Any]] = {}  # by player, in the order of coming
        self.every(1, self.match)

    def on_join(self, player: Player) -> None:
        player["seeking"] = False

    def on_seek(self, player: Player, rank: float = 0.0, region: str = "") -> None:
        if player.id in self.waiting:
            raise Reject("you wait already")
        if len(region) > _LONGEST_REGION:
            raise Reject(f"a region is a word of at most {_LONGEST_REGION} letters")
        self.waiting[player.id] = {"rank": rank, "region": region, "since": self.time}
        player["seeking"] = True
        self.match()

    def on_stop(self, player: Player) -> None:
        self._forget(player)

    def on_drop(self, player: Player) -> None:
        self._forget(player)

    def on_leave(self, player: Player) -> None:
        self.waiting.pop(player.id, None)

    def match(self) -> None:
        """Bring together those who wait and suit each other. Runs once a second, and when somebody comes."""
        by_rank = sorted(self.waiting, key=lambda one: self.waiting[one]["rank"])
        while len(by_rank) >= self.players_a_game:
            groups = [by_rank[i : i + self.players_a_game] for i in range(len(by_rank) - self.players_a_game + 1)]
            found = next((group for group in groups if self.suit([self.waiting[one] for one in group])), None)
            if found is None:
                return
            by_rank = [one for one in by_rank if one not in found]
            secret = f"{self.random.getrandbits(_SECRET_BITS):x}"
            room = made_name(self.game, secret, DEFAULTS, private=True)
            for one in found:
                self._forget(self.players[one])
            self.emit("matched", room, to=found)

    def suit(self, seekers: list[dict[str, Any]]) -> bool:
        """Whether they play together. Each has `rank`, `region`, and `since`, when it came (the room's time)."""
        waited = self.time - max(one["since"] for one in seekers)
        ranks = [one["rank"] for one in seekers]
        one_region = len({one["region"] for one in seekers}) == 1
        return max(ranks) - min(ranks) <= self.rank_within + self.rank_wider * waited and (
            one_region or waited >= self.other_regions_after
        )

    def _forget(self, player: Player) -> None:
        self.waiting.pop(player.id, None)
        player["seeking"] = False
