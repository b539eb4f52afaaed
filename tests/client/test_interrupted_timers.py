"""Ctrl-C at every moment of a pump that runs timers: each runs once, at its place, with its dice."""

from __future__ import annotations

from typing import Any

from roomcast.core.protocol.messages import Away, Back, Do, Tick
from tests.client.interruptions import every_moment, in_the_program, interrupt
from tests.client.offline_room import OfflineRoom
from tests.client.timer_story import AT, do


class Clockwork:
    """Three timers that are due in one pump, one of which sets another."""

    def __init__(self) -> None:
        self.room = OfflineRoom()
        self.ran: list[Any] = []
        self.room.command("start")(self.start)
        self.room.command("say")(lambda what: self.note(what))
        self.room.pump()
        self.room.hear(do(3, 0, "start"))
        self.room.pump()
        self.room.hear(do(4, 60, "say", "a"), Away(5, "Alan", AT + 130), Tick(AT + 180))

    def start(self) -> None:
        self.room.every(0.05, self.step)
        self.room.after(0.05, self.chain, 2)

    def step(self) -> None:
        self.note("step")

    def chain(self, left: int) -> None:
        with in_the_program():
            self.note("chain", *([self.room.after(0.05, self.chain, left - 1).id] if left else []))

    def note(self, *what: Any) -> None:
        with in_the_program():
            room = self.room
            self.ran.append((room.seq, room.time, *what, room.random.randint(1, 10**9)))

    def run(self) -> None:
        while self.room._inbox.ready or self.room._inbox.queue.calls:
            self.room.pump()

    def result(self) -> Any:
        timers = self.room._inbox.timer_runner.timers
        assert timers is not None
        return self.ran, timers.saved(self.room.seq), timers.count, timers.wanted(), self.room.seq


def test_each_timer_runs_once_at_its_place() -> None:
    whole = Clockwork()
    whole.run()
    expected = whole.result()
    assert len(expected[0]) == 7
    for moment in every_moment():
        program = Clockwork()
        broken_off = interrupt(program.room.pump, moment)
        program.run()
        assert program.result() == expected, f"broken off at moment {moment}"
        if not broken_off:
            break


def test_a_rest_counts_once() -> None:
    def resting() -> Clockwork:
        program = Clockwork()
        program.room.hear(Away(6, "Ada", AT + 200))
        program.run()
        program.room.hear(Back(7, "Ada", AT + 9000), Do(8, "Ada", AT + 9100, "say", do(8, 0, "say", "b").a))
        return program

    whole = resting()
    whole.run()
    expected = whole.result()
    for moment in every_moment():
        program = resting()
        broken_off = interrupt(program.room.pump, moment)
        program.run()
        assert program.result() == expected, f"broken off at moment {moment}"
        if not broken_off:
            break
