"""A room in which players see different things, and a model of what each may see; its secrets are marked."""

from __future__ import annotations

import random
from copy import deepcopy
from typing import Any

import msgspec

from roomcast.core.room.behaviour import Behaviour
from roomcast.rules.room_behaviour import RoomBehaviour
from roomcast.server import Owner, Player, Players, Reject, Room
from roomcast.testing.marked_secrets import Secrets
from roomcast.testing.random_rules import TEAMS, shown_player, shown_state

DEEDS = (
    ["team"] * 2 + ["plan"] * 3 + ["cards"] * 2 + ["notes", "place", "vault", "round", "emit", "fail", "no", "break"]
)
DEEDS += ["mend", "kick"]
NOBODY: dict[str, Any] = {"state": {}, "players": {}}


class Agent(Player):
    """A spy: its cards are seen by itself alone, its place by its team."""

    cards: Owner[list[str]]
    notes: Owner[dict[str, str]]
    team: str = "red"
    place: str


def spies(chance: random.Random, secrets: Secrets, acted: set[str]) -> type[Room]:
    """The class; `acted`: to which it adds who has sent a command."""

    class Spies(Room):
        players: Players[Agent]
        plans: dict[str, list[str]]
        _actor = ""

        def on_create(self) -> None:
            self.plans = {}
            self.broken: list[str] = []  # what of its views raises
            self.state["vault"] = secrets.new()
            self.state["round"] = [0, {"of": 9}]

        def on_join(self, player: Agent) -> None:
            player.team = chance.choice(TEAMS)
            player.cards = [secrets.new()]
            player.place = secrets.new()

        def on_do(self, player: Agent, whisper: str = "") -> str:
            acted.add(player.id)
            self._actor = player.id
            for _ in range(chance.randrange(1, 4)):
                self.deed(player, chance.choice([*self.players, player]))
            return secrets.new(player.id)

        def deed(self, player: Agent, whom: Agent) -> None:
            match chance.choice(DEEDS):
                case "team":
                    whom.team = chance.choice(TEAMS)
                case "plan":
                    plan = self.plans.setdefault(chance.choice(TEAMS), [])
                    plan.insert(chance.randrange(len(plan) + 1), secrets.new())
                    del plan[3:]
                case "cards":
                    whom.cards = [secrets.new(), *whom.cards[:2]]
                case "notes":
                    whom["notes"] = {chance.choice("abc"): secrets.new()}
                    if chance.random() < 0.3:
                        del whom["notes"]
                case "place":
                    whom.place = secrets.new()
                case "vault":
                    self.state["vault"] = secrets.new()
                case "round":
                    self.state["round"][0] += 1
                case "emit":
                    self.emit("psst", secrets.new(whom.id), to=whom)
                case "fail":
                    raise ValueError(secrets.new())
                case "no":
                    raise Reject(secrets.new(self._actor))  # who may have sent out another, in whose on_leave this runs
                case "break":
                    self.broken = [chance.choice(["audience", "red", "blue", "null"])]
                case "mend":
                    self.broken = []
                case "kick" if chance.random() < 0.2 and whom in self.players:
                    self.kick(whom, "out")

        on_drop = on_reconnect = on_leave = lambda self, player: Spies.hook(self, player)

        def hook(self, player: Agent) -> None:
            if chance.random() < 0.5 and len(self.players):
                self.deed(player, chance.choice([*self.players]))

        def audience(self, player: Agent) -> str | None:
            if "audience" in self.broken:
                raise LookupError(secrets.new())
            return player.team or None

        def view(self, state: Any, key: str | None) -> dict[str, Any]:
            if (key or "null") in self.broken:
                raise LookupError(secrets.new())
            return shown_state(key, state, self.plans)

        def view_player(self, player: Agent, key: str | None) -> dict[str, Any]:
            return shown_player(key, player)

    return Spies


class Model:
    """What each reader is to have after each entry, made anew from the truth. "": those who only look on."""

    def __init__(self, secrets: Secrets) -> None:
        self.after: dict[int, dict[str, dict[str, Any]]] = {}  # by seq, by player
        self._secrets = secrets
        self._shown: dict[str | None, dict[str, Any]] = {None: NOBODY}
        self._present: set[str] = set()
        self._gone: set[str] = set()

    def note(self, seq: int, behaviour: Behaviour) -> None:
        """An entry has been proposed."""
        assert isinstance(behaviour, RoomBehaviour)
        truth = {owner: decoded(box.texts) for owner, box in behaviour._boxes.items()}
        own = decoded(behaviour.own.texts)
        broken, plans, state = own["broken"], own["plans"], truth.pop("")
        keys = {player: None if "audience" in broken else truth[player]["team"] or None for player in truth}
        shown: dict[str | None, dict[str, Any]] = {}
        for key in (None, *keys.values()):
            if (key or "null") in broken:
                kept = self._shown.get(key) or shown[None]
                players = {player: kept["players"].get(player, {}) for player in truth}
                shown[key] = {"state": kept["state"], "players": players}
            else:
                players = {player: shown_player(key, fields) for player, fields in truth.items()}
                shown[key] = {"state": shown_state(key, state, plans), "players": players}
        self._shown = shown
        seen = {"": shown[None]}
        for player, key in keys.items():
            one = seen[player] = deepcopy(shown[key])
            one["players"][player] |= {f: v for f, v in truth[player].items() if f in ("cards", "notes")}
        for reader, one in seen.items():
            self._secrets.may_see(one, reader)
        self._secrets.may_see(shown[None], *self._gone, *(self._present - keys.keys()))
        self._gone |= self._present - keys.keys()  # who has left sees what those see who only look on
        self._present = set(keys)
        self.after[seq] = seen


def decoded(texts: dict[str, bytes]) -> dict[str, Any]:
    return {field: msgspec.json.decode(text) for field, text in texts.items()}
