"""A lobby that brings together those who suit each other: by rank and region, less exactly the longer they wait."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from roomcast.core.protocol.limits import DEFAULTS
from roomcast.core.protocol.made_names import made_name
from roomcast.rules.rejection import Reject
from roomcast.rules.room_class import Room
from roomcast.rules.room_player import Player

_SECRET_BITS: Final = 128
_REACH: Final = 4  # how many are looked at to make up one game, as a multiple of those who play it
_LONGEST_REGION: Final = 50  # letters: all who wait are kept, and looked at, together


class Matchmaking(Room):
    """A lobby. Programs call `seek(rank, region)`; those who match run `matched(room)`, and join that room.

        class Lobby(Matchmaking):
            game = "duel"

    The room is a private one that is not made yet: who knows its name comes in, and nobody else does.
    `player["seeking"]` says who waits. Write other limits in the class, or another `suit`.

    Friends who want to play together `gather`: the first is answered with a ticket, the others send it. Then one of
    them seeks for all, and all are matched at once, or none. They run `gathered(players)` when somebody comes or goes.
    """

    game: ClassVar[str] = ""
    """Of which kind the rooms are in which those play who match."""
    players_a_game: ClassVar[int] = 2
    """How many play one game."""
    rank_within: ClassVar[float] = 50.0
    """By how much the ranks of one game may differ at first."""
    rank_wider: ClassVar[float] = 10.0
    """… and by how much more with each second that all of them have waited."""
    other_regions_after: ClassVar[float] = 20.0
    """Seconds that all of them have waited, after which they need not be of one region."""

    def on_create(self) -> None:
        """A class with an `on_create` of its own calls `super().on_create()`; likewise the other hooks."""
        self.waiting: dict[str, dict[str, Any]] = {}  # by who has asked, in the order of asking
        self.parties: dict[str, list[str]] = {}  # players, by ticket
        self.tickets: dict[str, str] = {}  # the same the other way round
        self.every(1, self.match)

    def on_join(self, player: Player) -> None:
        player["seeking"] = False

    def on_gather(self, player: Player, ticket: str = "") -> str:
        """With no ticket, a new party; returns the ticket, for the others."""
        party = self.parties.get(ticket, [])
        if ticket and (not party or player.id in party):
            raise Reject("you are of that party already" if party else "there is no such party any more")
        if len(party) >= self.players_a_game:
            raise Reject(f"a party is of {self.players_a_game} at most: so many play a game")
        self._part(player)
        if not ticket:
            ticket = f"{self.random.getrandbits(_SECRET_BITS):x}"
        for one in party:
            self._stop(one)
        self.parties[ticket] = [*party, player.id]
        self.tickets[player.id] = ticket
        self.emit("gathered", self.parties[ticket], to=self.parties[ticket])
        return ticket

    def on_seek(self, player: Player, rank: float = 0.0, region: str = "") -> None:
        """Wait, with the whole party, for others of about this rank; `region`: a word of at most 50 letters."""
        if player["seeking"]:
            raise Reject("you wait already")
        if len(region) > _LONGEST_REGION:
            raise Reject(f"a region is a word of at most {_LONGEST_REGION} letters")
        party = self.parties.get(self.tickets.get(player.id, ""), [player.id])
        self.waiting[player.id] = {"rank": rank, "region": region, "since": self.time, "players": list(party)}
        for one in party:
            self.players[one]["seeking"] = True
        self.match()

    def on_stop(self, player: Player) -> None:
        """Wait no more, nor does the party."""
        self._stop(player.id)

    def on_drop(self, player: Player) -> None:
        self._part(player)

    def on_leave(self, player: Player) -> None:
        self._part(player)

    def match(self) -> None:
        """Bring together those who wait and suit each other. Runs once a second, and when somebody comes."""
        by_rank = sorted(self.waiting, key=lambda one: self.waiting[one]["rank"])
        while by_rank:
            reach = _REACH * self.players_a_game
            groups = (self._group(by_rank[i : i + reach]) for i in range(len(by_rank)))
            suiting = (group for group in groups if group and self.suit([self.waiting[one] for one in group]))
            found = next(suiting, None)
            if found is None:
                return
            by_rank = [one for one in by_rank if one not in found]
            secret = f"{self.random.getrandbits(_SECRET_BITS):x}"
            room = made_name(self.game, secret, DEFAULTS, private=True)
            players = [player for one in found for player in self.waiting[one]["players"]]
            for one in found:
                self._stop(one)
            self.emit("matched", room, to=players)

    def _group(self, seekers: list[str]) -> list[str]:
        """The first of them and who is next to it in rank, so that just enough play; none where that cannot be."""
        group, players = [], 0
        for one in seekers:
            many = len(self.waiting[one]["players"])
            if players + many <= self.players_a_game:
                group.append(one)
                players += many
            if players == self.players_a_game:
                return group
        return []

    def suit(self, seekers: list[dict[str, Any]]) -> bool:
        """Whether they play together. Each has `rank`, `region`, `since` (on the room's time), and `players`.

        These are the ids of its party, or its own.
        """
        waited = self.time - max(one["since"] for one in seekers)
        ranks = [one["rank"] for one in seekers]
        one_region = len({one["region"] for one in seekers}) == 1
        return max(ranks) - min(ranks) <= self.rank_within + self.rank_wider * waited and (
            one_region or waited >= self.other_regions_after
        )

    def _stop(self, player: str) -> None:
        """A player waits no more, nor does its party."""
        asked = next((one for one, seeker in self.waiting.items() if player in seeker["players"]), "")
        if asked:
            for one in self.waiting.pop(asked)["players"]:
                if one in self.players:
                    self.players[one]["seeking"] = False

    def _part(self, player: Player) -> None:
        """A player is of no party any more."""
        self._stop(player.id)
        ticket = self.tickets.pop(player.id, "")
        if ticket:
            rest = [one for one in self.parties.pop(ticket) if one != player.id]
            if rest:
                self.parties[ticket] = rest
                self.emit("gathered", rest, to=rest)
