"""Rules that act at random: they pay, and before all is paid they fail, refuse, wait, emit, send out, set timers.

What must be so after each turn, if no turn is half made, is said in `rules_model`.
"""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any, ClassVar, Final

from roomcast.rules.field_hints import Owner
from roomcast.rules.rejection import Reject
from roomcast.rules.room_class import Room
from roomcast.rules.room_player import Player, Players
from roomcast.testing.marked_secrets import Secrets

TEAMS: Final = ("red", "blue", "")  # who has the last one sees what those see who only look on
DEEDS: Final = (
    ["team"] * 2 + ["plan"] * 3 + ["cards"] * 2 + ["notes", "place", "vault", "round", "emit", "all", "fail", "no"]
    + ["break", "mend", "kick", "set", "set", "cancel", "relay", "private", "work", "work", "nothing", "nothing"]
)  # fmt: skip
RELAYED: Final = ("shout",)
WAITS: Final = (1, 7, 50, 200, 333, 900, 1500)  # ms until a timer is due
_MOST_TIMERS: Final = 8
_RUNS: Final = 4  # of a timer that repeats: then it is cancelled


class Lab:
    """What the rules of one simulation draw from, and what is noted outside of all that is taken back."""

    def __init__(self, chance: Random, secrets: Secrets) -> None:
        self.chance = chance
        self.secrets = secrets
        self.classes: list[type[Room]] = []
        self.stood: dict[str, bool] = {}  # by command's key: whether what it did stood, when it ran last
        self.sent_out: set[str] = set()  # players whom the rules have ever sent out
        self.wrong = ""  # what has happened that must not
        self.rang = ""  # the key of the timer that ran last


class OpenAgent(Player):
    """A player whose fields all may see, where there are no views."""

    team: str = "red"
    place: str
    acts: int = 0


class Agent(OpenAgent):
    """As that; its cards and notes are seen by itself alone."""

    cards: Owner[list[str]]
    notes: Owner[dict[str, str]]


class RandomRules(Room):
    """`_lab` is of the simulation; `plans`, `plan` and the like are taken back with a handler that fails."""

    relays = RELAYED
    _lab: ClassVar[Lab]
    _owns: ClassVar[bool]  # players have fields of their own
    _actor = ""  # who has sent the command that is handled
    _key = ""  # its key

    def on_create(self) -> None:
        self.plans: dict[str, list[str]] = {}  # by team
        self.broken: list[str] = []  # what of its views raises
        self.done: dict[str, int] = {}  # by key of each command that was done: what was rolled
        self.acts: dict[str, int] = {}  # by player: how many it has done since it came
        self.plan: dict[str, list[int]] = {}  # by key of a timer: when it is due first, its interval, its id, its runs
        self.jobs: dict[str, int] = {}  # by key: work that is done beside the room, and is not done yet
        self.busy = 0  # ticks in which something still happens
        self.state["coins"] = {}
        self.state["vault"] = self._lab.secrets.new()
        self.state["round"] = [0, {"of": 9}]

    def on_join(self, player: Any) -> None:
        lab = self._lab
        if lab.chance.random() < 0.02:
            raise Reject("not now")
        self.acts[player.id] = player.acts = 0
        player.team = lab.chance.choice(TEAMS)
        player.place = lab.secrets.new()
        if self._owns:
            player.cards = [lab.secrets.new()]
        self.emit("hello", lab.secrets.new(player.id), to=player)

    def on_drop(self, player: Any) -> None:
        self.hook(player)

    def on_reconnect(self, player: Any) -> None:
        self.hook(player)

    def on_leave(self, player: Any) -> None:
        self.acts.pop(player.id, None)
        self.hook(player)

    # ------------------------------------------------------------------ commands

    def on_act(self, player: Any, key: str) -> str:
        whom, amount = self.begin(player, key)
        return self.end(player, key, whom, amount)

    def on_plot(self, player: Any, key: str) -> None:
        """Nothing changes but what the rules keep for themselves, of which views show something."""
        self._actor, self._key = player.id, key
        self._lab.stood[key] = False
        self.done[key] = self.random.randrange(10**9)
        self.plot()

    async def on_wait(self, player: Any, key: str, seconds: float) -> str:
        whom, amount = self.begin(player, key)
        await asyncio.sleep(seconds)
        self._actor = player.id
        if self._lab.chance.random() < 0.3:
            self.deed(player, player)
            await asyncio.sleep(0)
            self._actor = player.id
        return self.end(player, key, whom, amount)

    def begin(self, player: Any, key: str) -> tuple[str, int]:
        """The first half of a payment. Returns to whom it goes, and how much."""
        lab = self._lab
        lab.stood[key] = False
        self._actor, self._key = player.id, key
        chance = lab.chance
        whom, amount = chance.choice([one.id for one in self.players]), 1 + int(chance.random() * 9)
        coins = self.state["coins"]
        coins[player.id] = coins.get(player.id, 0) - amount
        player.acts += 1
        self.done[key] = self.random.randrange(10**9)
        for _ in range(chance.choice((0, 1, 1, 2))):
            self.deed(player, chance.choice([*self.players, player]))
        return whom, amount

    def end(self, player: Any, key: str, whom: str, amount: int) -> str:
        """The other half."""
        lab, coins = self._lab, self.state["coins"]
        coins[whom] = coins.get(whom, 0) + amount
        self.acts[player.id] = self.acts.get(player.id, 0) + 1
        self.busy = 3
        for _ in range(lab.chance.choice((0, 0, 1))):
            self.deed(player, player)
        return lab.secrets.new(player.id)

    # ------------------------------------------------------------------ what time brings about

    def tick(self, dt: float) -> None:
        if self.busy:
            self.busy -= 1
            self._actor = ""
            self.state["round"][0] += 1
            if len(self.players) and self._lab.chance.random() < 0.3:
                one = self._lab.chance.choice([*self.players])
                self.deed(one, one)

    def ring(self, key: str) -> None:
        lab = self._lab
        lab.rang, self._actor = key, ""
        chance, timer = lab.chance, self.plan[key]
        timer[3] += 1
        if not timer[1]:
            del self.plan[key]
        elif timer[3] >= _RUNS:
            self.cancel(key)
        self.state["round"][0] += 1
        if len(self.players) and chance.random() < 0.6:
            one = chance.choice([*self.players])
            self.deed(one, one)

    def set_timer(self) -> None:
        chance = self._lab.chance
        if len(self.timers) < _MOST_TIMERS:
            wait, key = chance.choice(WAITS), f"{chance.getrandbits(60)}"
            repeat = wait >= 200 and chance.random() < 0.4
            timer = (self.every if repeat else self.after)(wait / 1000, self.ring, key)
            self.plan[key] = [round(self.time * 1000) + wait, wait if repeat else 0, timer.id, 0]

    def cancel(self, key: str) -> None:
        if (timer := self.timers.get(self.plan[key][2])) is not None:
            timer.cancel()
        del self.plan[key]

    def worked(self, result: Any, key: str) -> None:
        """Work has come to its end, or to none. It fails now and then: then it has ended all the same."""
        if key not in self.jobs:
            self._lab.wrong = f"the work {key} has ended twice, or was never begun"
        self.jobs.pop(key, None)
        self.state["round"][0] += 1

    # ------------------------------------------------------------------ a few of the things that rules do

    def hook(self, player: Any) -> None:
        chance = self._lab.chance
        if chance.random() < 0.5 and len(self.players):
            self.deed(player, chance.choice([*self.players]))

    def plot(self) -> None:
        chance = self._lab.chance
        plan = self.plans.setdefault(chance.choice(TEAMS), [])
        plan.insert(int(chance.random() * (len(plan) + 1)), self._lab.secrets.new())
        del plan[3:]

    def deed(self, player: Any, whom: Any) -> None:
        lab = self._lab
        chance, secrets = lab.chance, lab.secrets
        match chance.choice(DEEDS):
            case "team":
                whom.team = chance.choice(TEAMS)
            case "plan":
                self.plot()
            case "cards" if self._owns:
                whom.cards = [secrets.new(), *whom.cards[:2]]
            case "notes" if self._owns:
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
            case "all":
                self.emit("psst", self.state["round"][0])
            case "relay" if self._actor:
                self.relay()
            case "fail":
                raise ValueError(secrets.new())
            case "no":
                raise Reject(secrets.new(*([self._actor] if self._actor else [])))
            case "break":
                self.broken = [chance.choice(["audience", "red", "blue", "null"])]
            case "mend":
                self.broken = []
            case "kick" if chance.random() < 0.15 and whom in self.players:
                self.kick(whom, "out")
            case "set":
                self.set_timer()
            case "cancel" if self.plan:
                self.cancel(chance.choice(list(self.plan)))
            case "private":
                self.private = chance.random() < 0.5
            case "work" if len(self.jobs) < _MOST_TIMERS:
                key = f"{chance.getrandbits(60)}"
                self.jobs[key] = 1
                work = _work(chance.choice((0.0, 0.02, 0.3, 1.0)), fails=chance.random() < 0.3)
                self.background(work, self.worked, key, otherwise=self.worked)


async def _work(seconds: float, *, fails: bool) -> int:
    await asyncio.sleep(seconds)
    return 1 // (not fails)


class ViewedRules(RandomRules):
    """As that, where players see different things."""

    def audience(self, player: Any) -> str | None:
        if "audience" in self.broken:
            raise LookupError(self._lab.secrets.new())
        return player.team or None

    def view(self, state: Any, key: str | None) -> dict[str, Any]:
        if (key or "null") in self.broken:
            raise LookupError(self._lab.secrets.new())
        return shown_state(key, state, self.plans)

    def view_player(self, player: Any, key: str | None) -> dict[str, Any]:
        return shown_player(key, player)


def shown_state(key: str | None, state: Any, plans: dict[str, list[str]]) -> dict[str, Any]:
    """What a view shows of the room's state."""
    shown = {**state, "plan": plans.get(key or "", [])}
    if key != "red":
        del shown["vault"]
    return shown


def shown_player(key: str | None, player: Any) -> dict[str, Any]:
    """What a view shows of a player, or of its fields."""
    shown = {field: value for field, value in player.items() if field not in ("cards", "notes")}
    if key != shown["team"]:
        del shown["place"]
    return shown


def add_rules(lab: Lab, kind: str, *, views: bool, owns: bool, tick_rate: float) -> None:
    """Have one more class. `views`: players see different things; `owns`: each has fields that it alone sees."""
    players: Any = Players[Agent] if owns else Players[OpenAgent]
    hints = {"players": players, "plans": dict[str, list[str]]}
    about: dict[str, Any] = {"__annotations__": hints, "__module__": __name__, "_lab": lab, "_owns": owns}
    if tick_rate:
        about |= {"tick_rate": tick_rate, "on_tick": RandomRules.tick}
    lab.classes.append(type("Agents", (ViewedRules if views else RandomRules,), {**about, "kind": kind}))
