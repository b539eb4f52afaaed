"""The story of one seed: programs join rooms, act, and leave, while chance lets everything fail. Then all must be well.

This is what `make simulate` runs. Everything in it is drawn from the seed: how many play, how they act, how rooms are
kept, which limits the server has, what goes wrong.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from random import Random
from traceback import format_exc
from typing import Final

from roomcast.core.protocol.limits import Limits
from roomcast.core.room.commit_log import Level
from roomcast.errors import Refused, RoomcastError
from roomcast.testing.invariants import END, ONCE, Broken
from roomcast.testing.simulated_line_client import SimulatedStarter
from roomcast.testing.simulated_room import SimulatedRoom
from roomcast.testing.simulation import Simulation
from roomcast.testing.trouble import weather

ROOMS: Final = ("dots", "chess")


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one seed."""

    seed: int
    digest: str
    counts: Counter[str]
    setting: str  # the server's levels and limits
    broken: str = ""  # which promise, and how; "": none
    lines: tuple[str, ...] = ()  # of what happened last, where a promise was broken


class Actor:
    """A program that acts at random, and notes what its function was called with."""

    def __init__(self, story: Story, room: SimulatedRoom, number: int) -> None:
        self.room = room
        self.calls = 0
        self.pictures: list[tuple[int, int]] = []  # that it got, by whom they are and which
        self.sent: list[tuple[int, int]] = []  # that it sent
        self.incomplete = 0  # of how many it was told that they will not come
        self.acts = True
        self._story = story
        self._number = number
        self._count = 0
        self._pause = 0.2 + 2 * story.chance.random()  # seconds between two doings, on average

        @room.on("mark")
        def mark(player: object, number: int, count: int, text: str = "") -> None:
            self.calls += 1

        @room.on("picture")
        def picture(player: object, number: int, count: int, data: bytes) -> None:
            if data != picture_of(count) or (number, count) in self.pictures:
                raise Broken(ONCE, f"{room.view} got picture {count} of {number} twice, or a wrong one")
            self.pictures.append((number, count))

        @room.on("error")
        def error(error: Refused) -> None:
            self.incomplete += error.code == "incomplete"

        @room.on("lost")
        def lost(why: str) -> None:
            self.pictures.clear()  # of those that a crash has undone, some come again

        room.on("offline")(lambda why: None)  # the view counts them; nobody wants to read of them here
        if story.checks:
            room.check(lambda: dict(room.state.items()), every=10)
        room.machine.after(story.chance.random(), self.act)

    def act(self) -> None:
        """Do something, and plan to act again."""
        story, chance = self._story, self._story.chance
        if not (self.acts and self.room.view.present) or story.over:
            return
        for _ in range(1 + int(chance.random() ** 4 * 16)):
            try:
                self._do_one(chance.random())
            except RoomcastError:
                return  # the room is over; or so much waits that no more is taken
        self.room.machine.after(chance.expovariate(1 / self._pause), self.act)

    def _do_one(self, what: float) -> None:
        room, chance = self.room, self._story.chance
        self._count += 1
        if what < 0.7:
            text = "x" * int(300 * chance.random() ** 6)
            room.send("mark", self._number, self._count, text)
        elif what < 0.8:
            room.me["mark"] = self._count
        elif what < 0.9:
            key = f"key{int(chance.random() * 4)}"
            room.state.merge({"by": [self._number, self._count], key: {f"deep{self._count % 3}": self._count}})
        elif what < 0.98:
            several = [player.id for player in room.players if chance.random() < 0.4]
            room.send("mark", self._number, self._count, to=several)
        elif what < 0.99:
            room.send("picture", self._number, self._count, picture_of(self._count))
            self.sent.append((self._number, self._count))
        else:
            room.send("mark", self._number, self._count, to="nobody")  # refused

    def check(self) -> None:
        """In the end: was each function called as often as it should be? Raises `Broken`."""
        view = self.room.view
        if self.calls != view.commands:
            raise Broken(ONCE, f"{view} ran {view.commands} commands, and its function was called {self.calls} times")
        told = view.missed or view.excused or self.incomplete
        if view.present and not told and [one for one in self.pictures if one[0] == self._number] != self.sent:
            raise Broken(END, f"{view} sent pictures {self.sent}, and got {self.pictures}")


class Story:
    """One seed's. `tell` runs it."""

    def __init__(self, seed: int, *, follow: bool = False) -> None:
        chance = Random(seed)
        self.levels = {room: chance.choice([*Level, Level.FULL]) for room in ROOMS}
        self.checks = chance.random() < 0.25
        self.over = False
        self.simulation = Simulation(
            seed,
            levels=self.levels,
            limits=limits(chance),
            snapshot_every=chance.choice((7, 40, 5000)),
            follow=follow,
        )
        self.chance = self.simulation.chance
        self.simulation.network.weather = weather(self.simulation)
        server = self.simulation.server
        server.disk_delay = server.usual_disk = self.chance.choice(((0.0005, 0.02), (0.01, 0.4)))
        self.rooms = ROOMS[: 1 + (chance.random() < 0.3)]
        self.actors: list[Actor] = []

    @property
    def setting(self) -> str:
        """The server's levels and limits, for people to read."""
        levels = ", ".join(f"{room} {self.levels[room]}" for room in self.rooms)
        limits = self.simulation.server.limits
        return f"{levels}; " + ", ".join(f"{one.name} {getattr(limits, one.name):g}" for one in fields(limits))

    def tell(self) -> None:
        """Let it all happen. Raises `Broken`."""
        simulation, chance = self.simulation, self.chance
        for _ in range(chance.randint(3, 5)):
            self._join()
        if chance.random() < 0.3:
            self._join_by_lines()
        length = 10 + 20 * chance.random()
        for what in (self._join, self._leave, self._crash, self._twin):
            for _ in range(chance.choice((0, 0, 1, 2))):
                simulation.timeline.at(length * chance.random(), what)
        simulation.run(length, faults=chance.randint(3, 12))
        self.over = True
        simulation.settle()
        if chance.random() < 0.5:
            simulation.wait_until_forgotten()
            simulation.settle()
        for actor in self.actors:
            actor.check()

    def _join(self) -> None:
        number = len(self.actors)
        room = self.simulation.join(self.chance.choice(self.rooms), f"player{number}", wait=False)
        room.sends_again = self.chance.random() < 0.4
        self.actors.append(Actor(self, room, number))

    def _join_by_lines(self) -> None:
        one = self.simulation.join_by_lines(self.rooms[0], "starter")
        self._say(one, 0)

    def _say(self, one: SimulatedStarter, count: int) -> None:
        if not self.over:
            one.say("mark", "-1", str(count))
            one.machine.after(self.chance.expovariate(2.0), self._say, one, count + 1)

    def _one_present(self) -> SimulatedRoom | None:
        present = [room for room in self.simulation.present if room.joined and room.machine.awake]
        return self.chance.choice(present) if present else None

    def _leave(self) -> None:
        if (room := self._one_present()) is not None:
            self.simulation.counts["program: left"] += 1
            room.leave()

    def _crash(self) -> None:
        if (room := self._one_present()) is not None:
            self.simulation.faults.crash(room)

    def _twin(self) -> None:
        actor = self.chance.choice(self.actors)
        if actor.room.view.present and actor.room.machine.awake and not actor.room.unacknowledged:
            one = self.simulation.faults.twin(actor.room)
            if one is not None:
                actor.acts = False  # whichever of the two wins
                self.actors.append(Actor(self, one, len(self.actors)))


def picture_of(count: int) -> bytes:
    """Some bytes, in one piece or several."""
    return bytes((count + place) % 256 for place in range(count * 37 % 2500))


def limits(chance: Random) -> Limits:
    """Limits that are met soon."""
    return Limits(
        message_size=chance.choice((1_000, 65_536)),
        kept_entries=chance.choice((15, 40, 150, 10_000)),
        kept_bytes=chance.choice((8_000, 40_000, 8_000_000)),
        unread=chance.choice((400, 2_000, 20_000)),
        unread_for=4 + 8 * chance.random(),
        rate=chance.choice((5.0, 30.0, 1000.0)),
        burst=chance.choice((5, 30)),
        ping_every=2 + 2 * chance.random(),
        silent_for=6 + 4 * chance.random(),
        seat_kept=2 + 4 * chance.random(),
        resume_window=8 + 15 * chance.random(),
        empty_room=5.0,
        room_players=chance.choice((8, 64)),
        kept_total=chance.choice((20_000, 8_000_000)),
        hello_within=5.0,
        pace=chance.choice((0.0, 0.004, 0.05)),
        player_state=2_000,
        room_state=chance.choice((150, 4_000)),
    )


def tell(seed: int, *, follow: bool = False) -> Told:
    """Tell the story of one seed, and say what became of it. `follow`: with everything that was carried."""
    story = Story(seed, follow=follow)
    simulation = story.simulation
    try:
        story.tell()
        simulation.counts["program: entry run"] += sum(room.view.heard for room in simulation.rooms)
    except Exception as error:
        if not isinstance(error, Broken):  # a mistake in the code itself
            simulation.lines.extend(format_exc().splitlines())
        broken = str(error) if isinstance(error, Broken) else f"nothing raises: {error!r}"
        return Told(seed, simulation.digest, simulation.counts, story.setting, broken, tuple(simulation.lines))
    lines = tuple(simulation.lines) if follow else ()
    return Told(seed, simulation.digest, simulation.counts, story.setting, lines=lines)
