"""Ctrl-C at every moment of a pump that begins with a world: it is loaded, with its timers, before anything is run."""

from __future__ import annotations

from typing import Any

import pytest

from roomcast.core.protocol.messages import Begin, Error, Join, PlayerRecord, Skipped, Snapshot, Tick
from tests.client.interruptions import every_moment, in_the_program, interrupt
from tests.client.offline_room import OfflineRoom
from tests.client.timer_story import AT, do

HERE = Snapshot((PlayerRecord("Ada", "Ada"), PlayerRecord("Alan", "Alan")), at=AT)
TIMERS = f'{{"made":0,"ran":{{}},"rested":0,"set":[["ring",[],{AT + 50},50,0,200000]]}}'
WORLD = f'{{"timers":{TIMERS},"world":[1,2]}}'
FIRST = [do(3, 0, "say", 0)]
MESSAGES: dict[str, list[Any]] = {
    "begin": [Begin(2, HERE, 0, 3, WORLD), do(3, 20, "say", 3), Tick(AT + 120)],
    "begin at the beginning": [Begin(0, Snapshot(), 0, 2), Join(1, "Alan", AT, "Alan"), do(2, 20, "say", 3)],
    "no world": [Error("no-world", "there is none"), do(4, 20, "say", 3)],
    "skipped": [Begin(2, HERE, 0, 3, ""), Skipped(3, 60, HERE, 0, 60, WORLD), do(61, 20, "say", 3), Tick(AT + 120)],
}


class Program:
    def __init__(self, messages: list[Any]) -> None:
        self.room = OfflineRoom()
        self.said: list[Any] = []
        self.room.command("say")(self.note)
        self.room.on("skipped")(lambda first, last: self.note("skipped"))
        self.room.on("join")(lambda player: self.note(player.id))
        self.room.timer(self.ring)
        self.room.world(lambda: self.said).load(self.load)
        self.room.hear(*FIRST, *messages)

    def note(self, what: Any) -> None:
        with in_the_program():
            self.said.append(f"{what} at {self.room.seq}")

    def ring(self) -> None:
        self.note("ring")

    def load(self, saved: Any) -> None:
        with in_the_program():
            self.said = [*saved, list(self.room.timers)]

    def run(self) -> None:
        while self.room._inbox.ready or self.room._inbox.queue.calls:
            self.room.pump()

    def result(self) -> Any:
        inbox = self.room._inbox
        world = inbox.worlds.world
        assert world is not None
        players = [one.id for one in self.room.players]
        return self.said, inbox.timer_runner.saved(), players, self.room.seq, world.first


@pytest.mark.parametrize("kind", MESSAGES)
def test_a_program_begins_as_if_it_had_not_been_broken_off(kind: str) -> None:
    whole = Program(MESSAGES[kind])
    whole.run()
    expected = whole.result()
    assert expected[0]
    for moment in every_moment():
        program = Program(MESSAGES[kind])
        broken_off = interrupt(program.room.pump, moment)
        program.run()
        assert program.result() == expected, f"broken off at moment {moment}"
        if not broken_off:
            break
