"""Clients, a server and its disk, while all of them fail: what each level promises is kept.

The network of test_conversation.py, and a disk that writes when it is told. The server crashes and loses what the
disk has not written; it ends as it should; the disk fails. tests/core/network.py checks while all runs: in a full room
nobody sees what is not on disk; every snapshot is a fold; entries come in one order without a hole; a loss is told,
with its exact count. In the end all is quiet, and everything is there once, in one order, the same for all.
"""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from roomcast.core.journal import Level
from roomcast.testing.disk import MemoryStore
from tests.core.network import Player, World

LIMITS = {"rate": 1000, "burst": 1000}


def world_of(level: Level, players: int = 2, **limits: float) -> World:
    """Players who are in, and a disk that writes when it is told."""
    world = World(players, MemoryStore(level), **{**LIMITS, **limits})
    world.settle()
    assert world.store is not None
    world.house.held = True
    return world


def everything_arrives(world: World) -> None:
    """… at the server, which shows what it may."""
    for player in world.players:
        player.write()
        if player.pipe is not None:
            player.pipe.carry_up(10**6)
    world.house.flush()
    for player in world.players:
        if player.pipe is not None:
            player.pipe.carry_down(10**6)


def doings(world: World) -> None:
    """Two players do things, and some are refused."""
    for count in range(4):
        for player in world.players:
            player.do()
            player.set("room" if count % 2 else "me")
        world.players[count % 2].do(("nobody",))
        everything_arrives(world)


def steps_to_write(level: Level) -> int:
    """How many things the disk has to write after `doings`."""
    world = world_of(level)
    doings(world)
    assert world.store is not None
    return world.store.waits


@pytest.mark.parametrize("clients_notice", [True, False], ids=["noticed", "not noticed"])
@pytest.mark.parametrize("level", [Level.RELAXED, Level.FULL])
def test_the_server_may_crash_with_any_part_of_it_written(level: Level, clients_notice: bool) -> None:
    for written in range(steps_to_write(level) + 1):
        world = world_of(level)
        doings(world)
        assert world.store is not None
        world.store.save(written)
        if written % 2:
            world.house.flush()
            for player in world.players:
                assert player.pipe is not None
                player.pipe.carry_down(10**6)
        world.crash(clients_notice=clients_notice)
        world.settle()
        world.check()
        for player in world.players:
            assert player.sessions == 1
            if level is Level.FULL:
                refused = set(player.sent) - set(world.done_by(player))
                assert len(refused) == player.excused == 2, "all but what was refused"


@pytest.mark.parametrize("level", [Level.RELAXED, Level.FULL])
def test_a_crash_after_a_crash_undoes_no_more_than_it_says(level: Level) -> None:
    world = world_of(level, 3)
    ada, alan, late = world.players
    world.cut(late, server_notices=True)  # it has seen the first epoch only
    for written in (3, 0, 5, 1):
        for player in (ada, alan):
            world.connect(player)
        everything_arrives(world)
        doings(world)
        assert world.store is not None
        world.store.save(written)
        everything_arrives(world)
        world.crash(clients_notice=True)
        world.house.now += 6
    world.settle()
    world.check()


def test_a_full_room_has_all_of_it_wherever_its_server_crashes_again_and_again() -> None:
    world = world_of(Level.FULL)
    assert world.store is not None
    for crash in range(30):
        for player in world.players:
            world.connect(player)
            player.do()
        everything_arrives(world)
        world.store.save(crash % 4)
        everything_arrives(world)
        world.crash(clients_notice=crash % 3 > 0)
        world.notice()
        world.house.now += 6
    world.settle()
    world.check()
    for player in world.players:
        assert player.own == player.sent == list(range(30))
        assert (player.sessions, player.excused) == (1, 0)


@pytest.mark.parametrize("level", [Level.RELAXED, Level.FULL])
def test_a_server_that_ends_as_it_should_loses_nothing(level: Level) -> None:
    world = world_of(level)
    for _ in range(5):
        everything_arrives(world)
        for player in world.players:
            player.do()
            player.write()
            assert player.pipe is not None
            player.pipe.carry_up(10**6)
        world.restart()
        world.settle()
    world.check()
    for player in world.players:
        assert player.own == player.sent == list(range(5))
        assert player.undone == []


@pytest.mark.parametrize("level", [Level.RELAXED, Level.FULL])
def test_a_disk_that_fails_sends_everyone_away_and_all_goes_on_when_it_has_recovered(level: Level) -> None:
    world = world_of(level)
    assert world.store is not None
    doings(world)
    world.store.save(5)
    everything_arrives(world)
    world.store.fail("the disk is full")
    for player in world.players:
        player.do()
        player.write()
        assert player.pipe is not None
        player.pipe.carry_down(10**6)
        assert player.pipe is None, "it was sent away"
        assert player.client.farewell == "the disk is full"
    for _ in range(3):  # they try, and are sent away again
        world.house.now += 6
        for player in world.players:
            world.connect(player)
        everything_arrives(world)
        assert "dots" not in world.house.hub.rooms
    world.settle()
    world.check()
    for player in world.players:
        assert player.sessions == 1
        if level is Level.FULL:
            assert player.excused == 2, "nothing but what was refused"


class Crashes(RuleBasedStateMachine):
    """Three players act, and everything else fails. Then all becomes quiet: is everything there that must be?"""

    @initialize(level=st.sampled_from([Level.NONE, Level.RELAXED, Level.FULL, Level.FULL]))
    def open(self, level: Level) -> None:
        self.level = level
        self.store = MemoryStore(level, kept=20, snapshot_every=7)
        self.world = World(
            3,
            self.store,
            rate=40,
            burst=8,
            kept_entries=15,
            unread=700,
            seat_kept=5,
            resume_window=20,
            empty_room=10**6 if level is Level.NONE else 30,
            pace=0.004,
        )
        self.world.settle()
        self.world.house.held = True
        self.refused = False

    def player(self, number: int) -> Player:
        return self.world.players[number]

    @rule(number=st.integers(0, 2), count=st.integers(1, 8))
    def act(self, number: int, count: int) -> None:
        for _ in range(count):
            self.player(number).do()
        self.player(number).write()

    @rule(number=st.integers(0, 2), of=st.sampled_from(["me", "room"]))
    def set_state(self, number: int, of: str) -> None:
        self.player(number).set(of)
        self.player(number).write()

    @rule(number=st.integers(0, 2), other=st.integers(0, 3))
    def whisper(self, number: int, other: int) -> None:
        target = self.player(other).client.me if other < 3 else "nobody"  # then it is refused
        self.refused = True
        self.player(number).do((target,))
        self.player(number).write()

    @rule(number=st.integers(0, 2), size=st.integers(1, 400) | st.just(10**6))
    def carry_up(self, number: int, size: int) -> None:
        pipe = self.player(number).pipe
        if pipe is not None:
            pipe.carry_up(size)

    @rule(number=st.integers(0, 2), size=st.integers(1, 400) | st.just(10**6))
    def carry_down(self, number: int, size: int) -> None:
        self.world.house.flush()
        pipe = self.player(number).pipe
        if pipe is not None:
            pipe.carry_down(size)
            self.player(number).write()

    @rule(number=st.integers(0, 2), server_notices=st.booleans())
    def cut(self, number: int, server_notices: bool) -> None:
        self.world.cut(self.player(number), server_notices=server_notices)

    @rule(number=st.integers(0, 2))
    def connect(self, number: int) -> None:
        player = self.player(number)
        self.world.house.now += player.client.wait_before_retry(self.world.now)
        self.world.connect(player)

    @rule(number=st.integers(0, 2))
    def a_moment_of_good_network_and_disk(self, number: int) -> None:
        self.connect(number)
        for _ in range(3):
            self.player(number).write()
            self.carry_up(number, 10**6)
            self.store.save()
            self.carry_down(number, 10**6)

    @rule()
    def they_notice(self) -> None:
        self.world.notice()

    @rule(seconds=st.sampled_from([0.001, 0.05, 0.5, 2, 6, 11, 25]))
    def time_passes(self, seconds: float) -> None:
        self.world.house.wait(seconds)

    @rule(count=st.integers(1, 10) | st.just(10**6))
    def the_disk_writes(self, count: int) -> None:
        self.store.save(count)

    @rule(clients_notice=st.booleans())
    def the_server_crashes(self, clients_notice: bool) -> None:
        self.world.crash(clients_notice=clients_notice)

    @rule()
    def the_server_ends_and_starts_again(self) -> None:
        self.world.restart()

    @rule()
    def the_disk_fails(self) -> None:
        if self.level is not Level.NONE:
            self.store.fail("the disk is full")

    @rule()
    def the_disk_recovers(self) -> None:
        self.store.recover()

    @invariant()
    def nobody_is_shown_what_is_not_on_disk(self) -> None:
        room = self.world.house.hub.rooms.get("dots")
        if self.level is Level.FULL and room is not None:
            assert room.feed.flushed <= self.store.last()
            assert room.snapshot()[0] <= self.store.last()

    def teardown(self) -> None:
        self.world.settle()
        self.world.check()
        for player in self.world.players:
            if self.level is Level.FULL and player.sessions == 1 and not self.refused:
                assert self.world.done_by(player) == player.sent, "lost within the resume window"


TestCrashes = Crashes.TestCase
TestCrashes.settings = settings(max_examples=200, stateful_step_count=50)
