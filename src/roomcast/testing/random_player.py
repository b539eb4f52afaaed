"""A program that acts at random, and checks in the end that its functions were called as often as they should be."""

from __future__ import annotations

from random import Random
from typing import ClassVar

from roomcast.core.protocol.messages import Do
from roomcast.errors import Refused
from roomcast.testing.own_state import OwnState
from roomcast.testing.promises import END, ONCE, Broken
from roomcast.testing.random_program import RandomProgram
from roomcast.testing.random_timers import RandomTimers
from roomcast.testing.simulated_room import SimulatedRoom
from roomcast.testing.time_invariants import time_undone, timers_in_place


class RandomPlayer(RandomProgram):
    """Sends random commands and patches until `stop`.

    `world`: it can save and load its own state; `late`: it says so only when it has joined.
    """

    longest_burst: ClassVar[int] = 16

    def __init__(
        self, room: SimulatedRoom, number: int, chance: Random, *, hashes: bool, world: bool = False, late: bool = False
    ) -> None:
        super().__init__(room, number, chance)
        self._received: list[tuple[int, int]] = []  # pictures: the sender's number, and its count
        self._sent: list[tuple[int, int]] = []  # the same of its own
        self._incomplete = 0  # calls with bytes of which it was told that pieces are missing
        self._own = OwnState(room)
        self._timers = RandomTimers(room, self._own)
        self._register()
        if late:
            room.when_joined = self._own.register
        elif world:
            self._own.register()
        if hashes:
            room.check(lambda: dict(room.state.items()), every=10)
        self._begin()

    def _register(self) -> None:
        room = self.room

        @room.command("shout")
        @room.command("aim")
        @room.command("mark")
        def mark(player: object, number: int, count: int, text: str = "") -> None:
            self._calls += 1
            entry = room._inbox.entry
            if isinstance(entry, Do) and entry.to is None:
                self._own.run(entry.c, number, count, text)

        @room.command("picture")
        def picture(player: object, number: int, count: int, data: bytes) -> None:
            if data != picture_of(count) or (number, count) in self._received:
                raise Broken(ONCE, f"{room.view} got picture {count} of {number} twice, or a wrong one")
            self._received.append((number, count))
            self._own.run("picture", number, count)

        @room.on("error")
        def error(error: Refused) -> None:
            self._incomplete += error.code == "incomplete"

        @room.on("lost")
        def lost(why: str) -> None:
            if "time was set back" in why:
                time_undone(room.view)
            self._received.clear()  # some of those that a crash has undone are sent again

        room.on("desync")(lambda seq, who: None)  # liars are named: that is in the log, which is checked
        room.on("offline")(lambda why: None)  # counted by the audit; a handler avoids a logged warning

    def _say(self) -> None:
        self.room.send("mark", self._number, self._count, "")

    def _act_once(self, choice: float) -> None:
        room, chance = self.room, self._chance
        if choice < 0.1:
            to = None if chance.random() < 0.7 else [player.id for player in room.players if chance.random() < 0.4]
            room.send("aim", self._number, self._count, to=to, latest=True)
        elif choice < 0.15:
            room.send("shout", self._number, self._count, latest=chance.random() < 0.3, ttl=2 * chance.random() ** 2)
        elif choice < 0.22:
            self._timers.send(self._number, self._count, chance)
        elif choice < 0.7:
            text = "x" * int(300 * chance.random() ** 6)
            room.send("mark", self._number, self._count, text)
        elif choice < 0.8:
            room.me["mark"] = self._count
        elif choice < 0.88:
            key = f"key{int(chance.random() * 4)}"
            room.state.merge({"by": [self._number, self._count], key: {f"deep{self._count % 3}": self._count}})
        elif choice < 0.94:
            self._count_something()
        elif choice < 0.98:
            several = [player.id for player in room.players if chance.random() < 0.4]
            room.send("mark", self._number, self._count, to=several)
        elif choice < 0.99:
            room.send("picture", self._number, self._count, picture_of(self._count))
            self._sent.append((self._number, self._count))
        else:
            room.send("mark", self._number, self._count, to="nobody")  # is refused

    def _count_something(self) -> None:
        """An operation on shared state."""
        room, chance = self.room, self._chance
        owner, which = chance.choice((room.me, room.state)), int(chance.random() * 4)
        if which == 0:
            owner.add("whole", self._count)  # another number each time, so that each sum tells which one it is of
        elif which == 1:
            owner.add("fraction", self._count / 7)
        elif which == 2:
            owner.claim(f"coin{int(chance.random() * 8)}", f"{self._number}.{self._count}")
        else:
            owner.compare_and_set("turn", owner.get("turn"), chance.choice((self._count, None)))

    def check(self) -> None:
        """In the end: was each function called as often as it should be? Raises `Broken`."""
        view = self.room.view
        calls = self._calls + self._timers.calls
        if calls != view.commands:
            raise Broken(ONCE, f"{view} ran {view.commands} commands, and its functions were called {calls} times")
        reported = view.missed or view.actions.reported_lost or self._incomplete
        own = [picture for picture in self._received if picture[0] == self._number]
        if view.present and not reported and own != self._sent:
            raise Broken(END, f"{view} sent pictures {self._sent}, and got {self._received}")
        if view.sessions:
            timers_in_place(view)


def picture_of(count: int) -> bytes:
    """Some bytes, in one piece or several."""
    return bytes((count + place) % 256 for place in range(count * 37 % 2500))
