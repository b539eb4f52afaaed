"""A game with members: who comes says a password, and `on_auth` knows whose that is."""

from __future__ import annotations

import asyncio
from typing import Any

from roomcast.server import Player, Reject, Room

SECRETS = {"open sesame 4711": {"id": 7, "rank": 3, "name": "Ada"}, "xyzzy plugh 0815": {"id": 8, "rank": 1}}
ADA, ALAN = SECRETS


class Club(Room):
    @staticmethod
    def on_auth(name: str, credential: str | None, options: dict[str, Any]) -> dict[str, Any] | bool:
        if credential is None:
            return False
        if credential not in SECRETS:
            raise Reject("nobody has this password")
        return SECRETS[credential]

    def on_create(self) -> None:
        self.ranks: dict[str, int] = {}

    def on_join(self, player: Player, auth: dict[str, Any]) -> None:
        self.ranks[player.id] = auth.get("rank", 0)

    def on_rank(self, player: Player) -> int:
        return int(player.auth["rank"])

    def on_promote(self, player: Player) -> None:
        player.auth["rank"] += 1


class Closed(Room):
    """Its rules let nobody in."""

    @staticmethod
    def on_auth(name: str, credential: str | None, options: dict[str, Any]) -> bool:
        return False


class SlowClub(Room):
    """Its `on_auth` waits for as many seconds as the credential says."""

    @staticmethod
    async def on_auth(name: str, credential: str | None, options: dict[str, Any]) -> bool:
        await asyncio.sleep(float(credential or 0))
        return True
