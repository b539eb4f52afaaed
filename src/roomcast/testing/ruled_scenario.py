"""One random scenario of rooms with rules for each seed: those of `random_rules`, through all faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import ClassVar, Final

from roomcast.core.protocol.limits import Limits
from roomcast.testing import rules_invariants
from roomcast.testing.marked_secrets import Secrets
from roomcast.testing.random_rules import Lab, add_rules
from roomcast.testing.ruled_player import RuledPlayer
from roomcast.testing.scenario import Scenario
from roomcast.testing.simulated_line_client import SimulatedLineClient
from roomcast.testing.simulated_room import SimulatedRoom
from roomcast.testing.simulation import Simulation

KIND: Final = "agents"
_WORKS_WITHIN: Final = 3.0  # seconds in which what rules have begun beside their rooms has ended
_WHO_SEES_WHAT: Final = ((True, True), (True, True), (True, False), (False, True), (False, False))  # views, own fields


class RuledScenario(Scenario):
    """The scenario of one seed. `views`, `owns`, `tick_rate`: see `random_rules.add_rules`."""

    names: ClassVar[tuple[str, ...]] = (KIND, f"{KIND}-2")

    def __init__(self, seed: int, *, follow: bool = False) -> None:
        super().__init__(seed, follow=follow)
        self.worlds = False

    def _simulate(self, seed: int, limits: Limits, snapshot_every: int, *, follow: bool) -> Simulation:
        chance = Random(f"rules {seed}")
        self.lab = Lab(chance, Secrets())
        self.views, self.owns = chance.choice(_WHO_SEES_WHAT)
        self.tick_rate = chance.choice((0, 0, 5, 20))
        limits = replace(
            limits, room_players=64, room_state=16_000, player_state=4_000, state_total=2_000_000, handler_time=0.6
        )
        add_rules(self.lab, KIND, views=self.views, owns=self.owns, tick_rate=self.tick_rate)
        levels = self.levels
        return Simulation(
            seed, levels=levels, limits=limits, snapshot_every=snapshot_every, follow=follow, lab=self.lab
        )

    def run(self) -> None:
        super().run()
        self.simulation.run(_WORKS_WITHIN)
        server = self.simulation.server
        for log in server.audit.all_newest:
            if log.room in server.running.rooms.values():
                rules_invariants.all_work_has_ended(log)

    def _steps(self) -> tuple[Callable[[], object], ...]:
        return *super()._steps(), self._kill, self._kill, self._doze, self._join, self._look_on, self._look_on

    def _doze(self) -> None:
        """The server's computer does nothing for a moment, in which timers and ticks come to be due."""
        self.simulation.faults.sleep_server(0.3 + 2 * self._chance.random())

    def _look_on(self) -> None:
        self.simulation.look_on(self._chance.choice(self.rooms), observes=self._chance.random() < 0.5)

    def _kill(self) -> None:
        """The server crashes, and is soon there again."""
        self.simulation.faults.crash_server(0.05 + self._chance.random(), power=self._chance.random() < 0.7)

    def _add_player(self, room: SimulatedRoom, *, late: bool = False) -> None:
        self._players.append(RuledPlayer(room, len(self._players), self._chance, self.lab))

    def _say(self, client: SimulatedLineClient, count: int) -> None:
        if not self._over:
            word = self._chance.choice(("act", "act", "shout"))
            client.say(word, *((f"lines.{count}",) if word == "act" else ("-1", str(count))))
            client.machine.call_later(self._chance.expovariate(2.0), self._say, client, count + 1)
