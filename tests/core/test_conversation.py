"""Clients and a server together, over connections that are slow, full, and cut: all is done, and once."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.core.network import Player, World


def script(world: World) -> None:
    """A few doings of two players, carried in whole."""
    ada, alan = world.players
    for _ in range(3):
        ada.do()
        ada.set("me")
        alan.do()
        alan.set("room")
        for player in world.players:
            player.write()


def positions() -> list[tuple[int, str]]:
    """Places at which the first player's connection can be cut, either way: every few bytes."""
    world = quiet_world()
    script(world)
    pipe = world.players[0].pipe
    assert pipe is not None
    up = len(pipe.up)
    before = len(pipe.down)
    for player in world.players:
        assert player.pipe is not None
        player.pipe.carry_up(10**6)
    world.house.flush()
    down = len(pipe.down) - before
    return [(place, way) for way, size in (("up", up), ("down", down)) for place in range(0, size + 1, 3)]


def quiet_world() -> World:
    world = World(2, rate=1000, burst=1000)
    world.settle()
    return world


@pytest.mark.parametrize("server_notices", [True, False], ids=["noticed", "not noticed"])
def test_a_connection_may_be_cut_after_any_byte_and_all_is_done_once(server_notices: bool) -> None:
    for place, way in positions():
        world = quiet_world()
        script(world)
        ada, alan = world.players
        assert ada.pipe is not None
        assert alan.pipe is not None
        alan.pipe.carry_up(10**6)
        ada.pipe.carry_up(place if way == "up" else 10**6)
        world.house.flush()
        ada.pipe.carry_down(place if way == "down" else 0)
        world.cut(ada, server_notices=server_notices)
        world.settle()
        world.check()
        assert ada.sessions == 1
        assert ada.excused == 0
        assert ada.own == ada.sent


def test_what_one_does_while_cut_off_is_done_when_it_is_back() -> None:
    world = quiet_world()
    ada, alan = world.players
    world.cut(ada, server_notices=True)
    for _ in range(20):
        ada.do()
        alan.do()
        alan.write()
    world.settle()
    world.check()
    assert ada.own == ada.sent == list(range(20))


def test_who_was_away_for_too_long_is_told_what_may_be_lost() -> None:
    world = World(2, rate=1000, burst=1000, resume_window=20, seat_kept=5)
    world.settle()
    ada, alan = world.players
    ada.do()
    ada.write()
    world.cut(ada, server_notices=True)  # nothing of it had reached the server
    ada.do()
    world.house.wait(30)
    world.settle()
    world.check()
    assert ada.sessions == 2
    assert ada.excused == 1
    assert ada.own == [1], "what was never sent is sent in the new session"
    assert alan.seq == ada.seq


def test_who_skipped_what_it_said_itself_is_not_left_waiting_for_it() -> None:
    world = World(2, rate=1000, burst=1000, kept_entries=10, unread=300)
    world.settle()
    ada, alan = world.players
    assert ada.pipe is not None
    ada.do()
    ada.write()
    for _ in range(60):
        alan.do()
        alan.write()
        for player in world.players:
            assert player.pipe is not None
            player.pipe.carry_up(10**6)
        world.house.flush()
        assert alan.pipe is not None
        alan.pipe.carry_down(10**6)
    ada.do()
    world.settle()
    world.check()
    assert ada.client.unacknowledged == 0


class Conversation(RuleBasedStateMachine):
    """Three players act; bytes move, or do not; connections end; time passes. Then all becomes quiet: is all well?"""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(
            3,
            rate=40,
            burst=8,
            kept_entries=15,
            unread=700,
            seat_kept=5,
            resume_window=20,
            empty_room=10**6,
            pace=0.004,
        )
        self.world.settle()
        self.private = False

    def player(self, number: int) -> Player:
        return self.world.players[number]

    @rule(number=st.integers(0, 2), count=st.integers(1, 12))
    def act(self, number: int, count: int) -> None:
        for _ in range(count):
            self.player(number).do()
        self.player(number).write()

    @rule(number=st.integers(0, 2), of=st.sampled_from(["me", "room"]))
    def share(self, number: int, of: str) -> None:
        self.player(number).set(of)
        self.player(number).write()

    @rule(number=st.integers(0, 2), other=st.integers(0, 2))
    def whisper(self, number: int, other: int) -> None:
        target = self.player(other).client.me
        if target:
            self.private = True
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
    def a_moment_of_good_network(self, number: int) -> None:
        self.connect(number)
        for _ in range(3):
            self.player(number).write()
            self.carry_up(number, 10**6)
            self.carry_down(number, 10**6)

    @rule()
    def the_server_notices(self) -> None:
        self.world.notice()

    @rule(seconds=st.sampled_from([0.001, 0.05, 0.5, 2, 6, 11, 25]))
    def time_passes(self, seconds: float) -> None:
        self.world.house.wait(seconds)

    @invariant()
    def nobody_hears_what_was_not_said(self) -> None:
        for player in self.world.players:
            assert player.seq <= len(self.world.log)

    def teardown(self) -> None:
        self.world.settle()
        self.world.check()
        for player in self.world.players:
            if player.sessions == 1 and not self.private:
                assert self.world.done_by(player) == player.sent, "lost within the resume window"


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=150, stateful_step_count=50)
