"""What a test of a game can do with a simulation."""

from __future__ import annotations

import pytest

import roomcast
from roomcast.core.protocol.limits import Limits
from roomcast.testing import Broken, SimulatedRoom, Simulation, bounds_invariants, simulate
from tests.testing.simulated_players import heard, two

# ---------------------------------------------------------------------- rooms as programs know them


def test_a_simulated_room_works_like_a_real_one() -> None:
    simulation = Simulation()
    red, blue = two(simulation)
    moves: list[tuple[str, int, int]] = []

    @blue.everywhere
    def move(player: roomcast.Player, dx: int, dy: int = 0) -> None:
        moves.append((player.id, dx, dy))

    red.send("move", 5)
    red.send("move", 7, 1)
    simulation.run(1)
    move(1, 2)
    red.me["score"] = 3
    simulation.settle()
    assert moves == [("red", 5, 0), ("red", 7, 1), ("blue", 1, 2)]
    assert blue.players["red"]["score"] == 3
    assert [player.id for player in red.players] == ["red", "blue"]


def test_functions_that_are_registered_after_joining_miss_nothing() -> None:
    simulation = Simulation()
    simulation.join("dots", "red")
    blue = simulation.join("dots", "blue")
    joined = heard(blue, "join")
    simulation.run(1)
    assert [player.id for player in joined] == ["red", "blue"]  # type: ignore[attr-defined]


def test_a_player_who_left_is_gone_for_the_others() -> None:
    simulation = Simulation()
    red, blue = two(simulation)
    red.leave()
    simulation.settle()
    assert red.closed
    assert [player.id for player in blue.players] == ["blue"]
    with pytest.raises(roomcast.RoomClosed):
        red.send("move", 1)


def test_an_exception_in_a_program_is_raised_where_time_passes() -> None:
    simulation = Simulation()
    red, _ = two(simulation)

    @red.everywhere
    def divide(by: int) -> None:
        1 / by

    divide(0)
    with pytest.raises(ZeroDivisionError):
        simulation.run(1)


def test_a_line_client_gets_commands_of_others_and_they_get_its_own() -> None:
    simulation = Simulation()
    red, _ = two(simulation)
    moves: list[tuple[str, int]] = []
    red.on("move")(lambda player, dx: moves.append((player.id, int(dx))))
    client = simulation.join_by_lines("dots", "old program")
    simulation.run(1)
    client.say("move", "5")
    red.send("move", 7)
    simulation.settle()
    assert sorted(moves) == [("Ada", 5), ("red", 7)]


# ---------------------------------------------------------------------- seeds


def test_a_test_of_a_game_runs_for_each_seed_and_names_the_one_that_failed() -> None:
    seen: list[int] = []

    def breaks_at_seven(simulation: Simulation) -> None:
        seen.append(simulation.seed)
        two(simulation)
        assert simulation.seed != 7

    with pytest.raises(AssertionError) as caught:
        simulate(breaks_at_seven, seeds=10)
    assert seen == list(range(8))
    first, story = caught.value.__notes__
    assert first == "This was seed 7; seeds=[7] runs it again. What happened last:"
    assert "red" in story


def test_dice_fall_the_same_through_all_faults_and_for_who_comes_later() -> None:
    def play(simulation: Simulation) -> None:
        rooms = [*two(simulation)]
        rolled: list[dict[int, int]] = []

        def roll_in(room: SimulatedRoom) -> None:
            mine: dict[int, int] = {}  # by seq
            rolled.append(mine)

            @room.command("roll")
            def roll() -> None:
                mine[room.seq] = room.random.randrange(10**9)

        for room in rooms:
            roll_in(room)
        for number in range(20):
            simulation.chance.choice(rooms).send("roll")
            simulation.run(1, faults=1)
            if number == 10:
                rooms.append(simulation.join("dots", "late"))
                roll_in(rooms[-1])
        simulation.settle()
        together: dict[int, int] = {}
        for mine in rolled:
            for seq, number in mine.items():
                assert together.setdefault(seq, number) == number
        assert len(set(together.values())) == len(together)
        assert sum(map(len, rolled)) > 1.5 * len(together), "most rolls were seen by several"

    simulate(play, seeds=20, level="full")


def test_what_a_program_asks_for_behind_all_else_that_it_has_sent_is_waited_for() -> None:
    simulation = Simulation(seed=1, limits=Limits(rate=5, burst=5))
    room = simulation.join("dots", "red")
    rung: list[int] = []

    @room.timer
    def ring() -> None:
        rung.append(room.seq)
        room.after(0.3, ring)  # each time, the program asks the server for another moment

    @room.command("start")
    def start(player: roomcast.Player) -> None:
        ring()

    room.send("start")
    for step in range(40):
        room.send("move", step)
    simulation.settle()
    assert not room.unacknowledged
    assert any(end.held_back for end in simulation.server.ends)
    simulation.read_all()
    assert not any(end.held_back for end in simulation.server.ends)
    before = len(rung)
    simulation.run(3.0)
    assert len(rung) - before >= 8


def test_a_timer_runs_on_time_where_an_earlier_one_was_cancelled_and_nothing_else_happens() -> None:
    simulation = Simulation()
    room = simulation.join("dots", "red")
    rung: list[str] = []
    timers: list[roomcast.Timer] = []

    @room.timer
    def ring(which: str) -> None:
        rung.append(which)

    @room.command("start")
    def start(player: roomcast.Player) -> None:
        timers.append(room.after(1.0, ring, "earlier"))
        room.after(3.0, ring, "later")

    @room.command("cancel")
    def cancel(player: roomcast.Player) -> None:
        timers[0].cancel()

    room.send("start")
    simulation.run(0.5)  # by now, the program has asked to be told when the earlier one is due
    room.send("cancel")
    simulation.run(4.0)
    assert rung == ["later"]


def test_random_faults_happen_and_events_are_counted() -> None:
    def play(simulation: Simulation) -> None:
        red, blue = two(simulation)
        for number in range(20):
            red.state["number"] = number
            simulation.run(1, faults=1)
        simulation.settle()
        assert blue.state["number"] == 19

    counts = simulate(play, seeds=10, level="full")
    assert sum(counts[what] for what in counts if what.startswith("fault: ")) >= 100


def test_a_room_that_never_settles_is_detected() -> None:
    simulation = Simulation()
    red, _ = two(simulation)
    red.on("set")(lambda player, patch: red.state.update(number=patch["number"] + 1))
    red.state["number"] = 0
    with pytest.raises(Broken, match="it is not quiet after 300 seconds"):
        simulation.settle()


def test_a_program_that_keeps_too_many_messages_breaks_a_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds_invariants, "MAX_WAITING", 5)
    simulation = Simulation()
    red, _ = two(simulation)
    simulation.faults.outage(10)
    for number in range(6):
        red.state["number"] = number
    with pytest.raises(Broken, match="memory has bounds: red keeps 6 messages"):
        simulation.run(1)
