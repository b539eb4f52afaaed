"""No leak, and the right view: whatever players do, each is sent what it may see at that place, and nothing else.

Players join, act, change sides, lose connections, read slowly, come back and leave at random; some only look on, with
and without the server's token, some speak lines. Each secret is a marked text, looked for in all that anybody was sent.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from roomcast.core.protocol.meet_request import Meet
from roomcast.core.protocol.messages import VERSIONS, Entry, Hello, Turn, Welcome
from roomcast.core.protocol.observer_messages import HistoryRequest, Watch
from roomcast.core.room.command_trace import CommandTrace
from roomcast.core.room.ruled_order import RuledOrder
from roomcast.testing.marked_secrets import Secrets
from tests.core.fakes import FakeConnection, LineProgram, Program
from tests.rules.houses import RuledHouse
from tests.rules.spies import Model, spies

TOKEN = "the server's token"
STEPS = [
    "join",
    "do",
    "do",
    "do",
    "do",
    "do",
    "do",
    "drop",
    "drop",
    "come",
    "come",
    "leave",
    "slow",
    "read",
    "wait",
    "long",
    "watch",
    "lines",
    "look on",
]


class Game:
    """A room of spies, and who has been sent what."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.secrets = Secrets()
        self.acted: set[str] = set()
        self.traces: list[CommandTrace] = []
        spied = spies(self.chance, self.secrets, self.acted)
        self.house = RuledHouse(
            spied, show=self.traces.append, token=TOKEN, kept_entries=12, unread=2000, address_burst=100.0
        )
        self.model = Model(self.secrets)
        self.actors: dict[int, set[str]] = {}  # by seq: whose commands are in it
        self.programs: dict[str, Program] = {}
        self.away: dict[str, Program] = {}
        self.spectators: list[Program] = []
        self.lines: list[tuple[str, LineProgram]] = []
        self.sent: list[tuple[Program | str, FakeConnection]] = []  # to which program or id, over which connection

    def proposed(self, seq: int, order: RuledOrder) -> None:
        """An entry has its place."""
        self.model.note(seq, order.behaviour)
        self.actors[seq] = set(self.acted)
        self.acted.clear()
        public = self.model.after[seq][""]
        assert order.state.shared.decoded() == public["state"]
        assert {one.id: one.state.decoded() for one in order.state.players.values()} == public["players"]

    # ------------------------------------------------------------------ what happens

    def step(self, number: int) -> None:
        here = list(self.programs.values())
        match self.chance.choice(STEPS):
            case "join":
                self.join(f"p{number}")
            case "do" if here or self.lines:
                self.act()
            case "drop" if here:
                one = self.programs.pop(self.chance.choice(list(self.programs)))
                if self.chance.random() < 0.5:
                    one.do("do", self.secrets.new(one.me))  # and the answer is lost
                one.gone()
                self.away[one.me] = one
            case "come" if self.away:
                self.come_back(self.away.pop(self.chance.choice(list(self.away))))
            case "leave" if here:
                self.programs.pop(self.chance.choice(list(self.programs))).gone(clean=True)
            case "slow" if here:
                self.chance.choice(here).connection.stop_reading()
            case "read" if here:
                self.chance.choice(here).connection.read_on()
            case "wait" | "long" as what:
                self.house.wait(1 if what == "wait" else 40)
            case "watch" if len(self.sent) < 60:
                self.watch("" if self.chance.random() < 0.5 else TOKEN)
            case "look on" if len(self.spectators) < 3:
                self.look_on()
            case "lines" if len(self.lines) < 2:
                one = self.house.join_by_lines((f"line{number}",), room="spies")
                self.lines.append((f"line{number}", one))
                self.sent.append((f"line{number}", one.connection))
        if self.chance.random() < 0.7:
            self.house.flush()
            self.hear()

    def join(self, name: str) -> None:
        program = self.house.knock()
        program.hello("spies", name)
        self.begin(program)

    def come_back(self, before: Program) -> None:
        program = self.house.knock()
        program.seq, program.state, program.n = before.seq, before.state, before.n
        program.hello("spies", "", before.back)
        program.welcome = before.welcome
        self.begin(program)

    def begin(self, program: Program) -> None:
        self.sent.append((program, program.connection))
        self.house.flush()
        self.hear_one(program)
        if program.welcome is not None and not program.connection.ended:
            self.programs[program.me] = program

    def act(self) -> None:
        if self.lines and self.chance.random() < 0.2:
            name, line = self.chance.choice(self.lines)
            line.say(f"do {self.secrets.new(name)}\n")
        elif self.programs:
            program = self.chance.choice(list(self.programs.values()))
            program.do("do", self.secrets.new(program.me))

    def look_on(self) -> None:
        """Somebody has no seat, and reads what those are sent who play."""
        program = self.house.knock()
        program.say(Hello("spies", "Eve", VERSIONS, meet=Meet(spectate=True)))
        self.sent.append(("", program.connection))
        self.spectators.append(program)

    def watch(self, token: str) -> None:
        watcher = self.house.knock()
        watcher.say(Watch("spies", token, VERSIONS))
        watcher.say(HistoryRequest())
        self.sent.append(("", watcher.connection))
        assert not watcher.connection.ended

    # ------------------------------------------------------------------ what is so

    def hear(self) -> None:
        for name, program in list(self.programs.items()):
            self.hear_one(program)
            if program.connection.ended:
                del self.programs[name]
        for program in self.spectators:
            self.hear_one(program)
        self.spectators = [one for one in self.spectators if not one.connection.ended]

    def hear_one(self, program: Program) -> None:
        """Read, and look after each entry that what it has is what the model says."""
        follow = type(program)._follow

        def looked_at(message: Any) -> None:
            follow(program, message)
            if isinstance(message, Turn) and message.ok:
                assert program.me in self.actors[message.s], "another's command was acknowledged here"
            if isinstance(message, Entry | Welcome):
                self.look(program)

        program._follow = looked_at  # type: ignore[method-assign]
        program.hear()

    def look(self, program: Program) -> None:
        """In what a program has, each field is as it may see it."""
        after = self.model.after.get(program.seq)
        if after is None:
            return
        right = after.get(program.me, after[""])
        state = program.state
        assert state.shared.decoded() == right["state"], f"{program.me} at {program.seq}"
        players = {one.id: one.state.decoded() for one in state.players.values()}
        assert players == right["players"], f"{program.me} at {program.seq}"

    def check_bytes(self) -> None:
        """Nobody was ever sent a secret that was not for it."""
        sent = [
            (one if isinstance(one, str) else one.me, b"".join(line.writes)) for one, line in self.sent if line.writes
        ]
        sent += [("", repr((one.came, one.went, one.arguments)).encode()) for one in self.traces]
        for reader, data in sent:
            secret = self.secrets.leaked(data, reader)
            assert not secret, f"{reader or 'who looks on'} was sent {secret}"


def play(seed: int) -> None:
    game = Game(seed)
    propose = RuledOrder.propose_turn

    def proposed(self: RuledOrder, turn: Any, *more: Any) -> int:
        seq = propose(self, turn, *more)
        game.proposed(seq, self)
        return seq

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RuledOrder, "propose_turn", proposed)
        game.join("p")
        for number in range(70):
            game.step(number)
        for program in list(game.away.values()):
            game.come_back(program)
        game.house.flush()
        game.hear()
    game.check_bytes()
    assert all(isinstance(error, ValueError | LookupError) for _, error in game.house.failed), game.house.failed


@pytest.mark.parametrize("part", range(4))
def test_everyone_is_sent_what_it_may_see_and_nothing_else(part: int) -> None:
    for seed in range(part * 15, part * 15 + 15):
        play(seed)
