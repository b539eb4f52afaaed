"""What a test of a game can do with a simulation, and what each fault does."""

from __future__ import annotations

import pytest

import roomcast
from roomcast.core.protocol.limits import Limits
from roomcast.testing import Broken, SimulatedRoom, Simulation, Weather, bounds_invariants, simulate
from roomcast.testing.actions import ActionLog
from roomcast.testing.network import End
from roomcast.testing.timeline import Machine, Timeline


def two(simulation: Simulation) -> tuple[SimulatedRoom, SimulatedRoom]:
    return simulation.join("dots", "red"), simulation.join("dots", "blue")


def heard(room: SimulatedRoom, event: str) -> list[object]:
    """The arguments of an event, each time that it happens from now on."""
    calls: list[object] = []
    room.on(event)(lambda *args: calls.append(args if len(args) > 1 else args[0]))
    return calls


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


# ---------------------------------------------------------------------- what can go wrong


def test_a_dropped_connection_resumes_and_misses_nothing() -> None:
    simulation = Simulation()
    red, blue = two(simulation)
    resumed = heard(blue, "resumed")
    simulation.faults.drop(blue)
    for number in range(5):
        red.state["number"] = number
        blue.me["number"] = number
    simulation.settle()
    assert len(resumed) == 1
    assert red.players["blue"]["number"] == blue.state["number"] == 4


def test_a_half_open_connection_is_detected_by_its_silence_from_either_side() -> None:
    simulation = Simulation()
    red, blue = two(simulation)
    offline, away = heard(blue, "offline"), heard(red, "away")
    simulation.faults.silence(blue)
    simulation.run(15)
    assert (offline, away) == ([], []), "nobody was told"
    simulation.run(10)
    assert offline == ["the connection was lost"]
    assert away == [], "it was back before the server found out"
    simulation.faults.outage(40)
    simulation.run(35)
    simulation.settle()
    assert {player.id for player in away} == {"red", "blue"}  # type: ignore[attr-defined]  # the server found out
    assert red.players["blue"].here


def test_a_connection_that_is_held_up_delivers_later_than_others() -> None:
    simulation = Simulation()
    red, blue = two(simulation)
    simulation.faults.hold_up(red, 3)
    red.state["last"] = "red"
    simulation.run(0.5)
    blue.state["last"] = "blue"
    simulation.run(1)
    assert blue.state["last"] == "blue"
    simulation.settle()
    assert blue.state["last"] == "red"


def test_when_all_faults_end_what_was_held_up_arrives() -> None:
    simulation = Simulation()
    red, blue = two(simulation)
    simulation.faults.hold_up(red, 3)
    simulation.faults.hold_up(red, 3600)
    red.state["last"] = "red"
    blue.state["first"] = "blue"
    simulation.run(1)
    simulation.settle()
    assert dict(red.state) == dict(blue.state) == {"first": "blue", "last": "red"}
    assert simulation.now < 5
    red.leave()
    simulation.faults.hold_up(red, 20)  # and with it that the program has closed its connection
    simulation.run(3)
    simulation.settle()
    simulation.run(1)
    assert [player.id for player in blue.players] == ["blue"]


@pytest.mark.parametrize("fault", ["hold_up", "hang", "sleep"])
def test_what_lasts_is_over_once_all_has_settled(fault: str) -> None:
    simulation = Simulation()
    red, _ = two(simulation)
    ran: list[float] = []

    @red.everywhere
    def start(player: roomcast.Player) -> None:
        red.after(2, lambda: ran.append(red.time))

    start()
    simulation.run(1)
    getattr(simulation.faults, fault)(red, 20)
    simulation.settle()  # nothing waits to arrive: the timer is due later
    simulation.run(2)
    assert len(ran) == 1


def test_messages_arrive_whole_from_pieces_of_any_size() -> None:
    simulation = Simulation(weather=Weather(pieces=3, window=300))
    red, blue = two(simulation)
    red.state["text"] = "x" * 1000
    simulation.settle()
    assert blue.state["text"] == "x" * 1000


def test_a_program_that_reads_too_slowly_skips_entries_and_is_told() -> None:
    simulation = Simulation(limits=Limits(kept_entries=10, unread=500), weather=Weather(window=500))
    red, blue = two(simulation)
    skipped = heard(blue, "skipped")
    simulation.faults.stop_reading(blue, 8)
    for number in range(100):
        red.state["number"] = number
        simulation.run(0.05)
    simulation.settle()
    assert len(skipped) == 1
    assert blue.state["number"] == 99


@pytest.mark.parametrize("clock_stands", [True, False])
def test_a_laptop_that_slept_for_an_hour_gets_a_new_session(clock_stands: bool) -> None:
    simulation = Simulation()
    red, blue = two(simulation)
    lost = heard(blue, "lost")
    before = blue.machine.clock
    simulation.faults.sleep(blue, 3600, clock_stands=clock_stands)
    simulation.run(3700)
    assert (blue.machine.clock - before < 200) == clock_stands
    simulation.settle()
    assert len(lost) == 1
    assert blue.players["blue"] == blue.me
    assert len(red.players) == 2


def test_a_program_that_hangs_runs_everything_later() -> None:
    simulation = Simulation()
    red, blue = two(simulation)
    simulation.faults.hang(blue, 10)
    red.state["level"] = 1
    simulation.run(5)
    assert "level" not in blue.state
    simulation.run(6)
    assert blue.state["level"] == 1


def test_a_program_that_crashes_is_away_and_then_gone() -> None:
    simulation = Simulation()
    red, blue = two(simulation)
    simulation.faults.crash(blue)
    simulation.run(1)
    assert not red.players["blue"].here
    simulation.run(40)
    assert "blue" not in red.players


def test_of_two_connections_of_one_session_the_newer_wins() -> None:
    simulation = Simulation()
    red, blue = two(simulation)
    closed = heard(blue, "closed")
    again = simulation.faults.twin(blue)
    assert again is not None
    again.me["home"] = "new"
    simulation.settle()
    assert closed == ["this session has connected anew from elsewhere"]
    assert red.players["blue"]["home"] == "new"
    assert again.me.id == "blue"


@pytest.mark.parametrize("power", [True, False])
def test_a_room_of_the_level_full_is_back_after_a_crash(power: bool) -> None:
    simulation = Simulation(level="full")
    red, blue = two(simulation)
    red.state["level"] = 3
    simulation.run(1)
    lost = heard(blue, "lost")
    simulation.faults.crash_server(2, power=power)
    simulation.settle()
    assert blue.state["level"] == 3
    assert lost == []


def test_who_waits_for_the_world_is_told_what_a_loss_of_power_has_undone() -> None:
    simulation = Simulation(level="relaxed")
    simulation.join("dots", "red").world(dict).load(lambda world: None)
    blue = simulation.join("dots", "blue")
    simulation.faults.hang(blue, 5)  # so it has run nothing yet
    blue.send("count", 1)
    simulation.run(2)
    simulation.faults.slow_disk((5, 5), 60)
    blue.send("count", 2)
    simulation.run(1)
    assert blue.unacknowledged == 0
    simulation.faults.hold_up(blue, 20)
    blue.world(dict).load(lambda world: None)  # that it asks for it does not arrive
    lost = heard(blue, "lost")
    simulation.faults.crash_server(2, power=True)
    simulation.settle()
    (why,) = lost
    assert "entries that were seen here are undone" in str(why)


@pytest.mark.parametrize("seed", range(6))
def test_a_disk_that_fails_once_a_tick_is_kept_stops_the_rooms_time_there(seed: int) -> None:
    """The room has told no time since the timer was set; what it was about to tell is kept."""
    simulation = Simulation(seed, level="full")
    red, _ = two(simulation)
    red.command("start")(lambda player: red.after(10, print))
    red.send("start")
    simulation.run(5)
    simulation.faults.slow_disk((0.2, 0.2), 60)
    simulation.run(5.3)
    simulation.faults.fail_disk(1)
    simulation.run(3)
    simulation.settle()


def test_of_what_a_crash_has_undone_a_sender_misses_what_it_had_heard_of() -> None:
    simulation = Simulation(level="relaxed")
    _, blue = two(simulation)
    simulation.run(2)
    simulation.faults.slow_disk((5, 5), 60)
    blue.send("mark")
    simulation.run(1)
    simulation.faults.stop_reading(blue, 5)
    for count in range(2):
        blue.send("aim", count, latest=True)  # both are in the log, as far as that goes
        simulation.run(0.2)
    simulation.faults.hang(blue, 10)  # what comes next is run once more has come
    simulation.faults.crash_server(1)
    simulation.run(0.5)
    simulation.settle()
    assert (blue.outdated, blue.unacknowledged) == (1, 0)
    assert blue.view.actions.undone == {0}


def test_a_relaxed_room_reports_what_a_loss_of_power_has_undone() -> None:
    simulation = Simulation(level="relaxed")
    red, blue = two(simulation)
    simulation.run(1)
    lost = heard(blue, "lost")
    simulation.faults.slow_disk((5, 5), 60)
    red.state["level"] = 3
    simulation.run(1)
    assert blue.state["level"] == 3
    simulation.faults.crash_server(power=True)
    simulation.settle()
    assert len(lost) == 1
    assert "1 entries that were seen here are undone" in str(lost[0])
    assert "level" not in blue.state


def test_a_server_that_is_restarted_loses_nothing_that_is_kept() -> None:
    simulation = Simulation(level="relaxed")
    red, blue = two(simulation)
    red.state["level"] = 3
    simulation.faults.restart_server()
    simulation.settle()
    assert blue.state["level"] == 3


def test_a_full_disk_disconnects_everyone_until_it_has_space() -> None:
    simulation = Simulation(level="full")
    red, blue = two(simulation)
    offline = heard(blue, "offline")
    simulation.faults.fail_disk(5)
    red.state["level"] = 3
    simulation.run(3)
    assert offline == ["the disk is full"]
    simulation.settle()
    assert blue.state["level"] == 3


def test_rooms_may_have_levels_of_their_own() -> None:
    simulation = Simulation(level="none", levels={"chess": "full"})
    dots, chess = simulation.join("dots", "red"), simulation.join("chess", "red")
    for room in (dots, chess):
        room.state["level"] = 3
    simulation.run(1)
    simulation.faults.crash_server()
    simulation.settle()
    assert "level" not in dots.state
    assert chess.state["level"] == 3


def test_the_wall_clock_may_jump() -> None:
    simulation = Simulation()
    red, blue = two(simulation)
    for seconds in (-5000, 9000):
        simulation.faults.set_wall_clock(seconds)
        red.state["at"] = seconds
        simulation.run(1)
    assert blue.state["at"] == 9000


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


# ---------------------------------------------------------------------- time


def test_calls_run_in_the_order_of_their_time_then_of_their_scheduling() -> None:
    timeline, done = Timeline(), []
    timeline.call_later(2, done.append, "c")
    timeline.call_later(1, done.append, "a")
    timeline.call_later(1, done.append, "b")
    timeline.run_until(1.5)
    assert (done, timeline.now) == (["a", "b"], 1.5)


def test_a_sleeping_machine_runs_its_calls_when_it_wakes_up_and_an_ended_program_none() -> None:
    timeline, done = Timeline(), []
    machine = Machine(timeline)
    machine.call_later(1, lambda: done.append(timeline.now))
    machine.sleep(10)
    timeline.run_until(20)
    assert done == [10]
    machine.call_later(1, done.append, "never")
    machine.end()
    machine.sleep(60, clock_stands=True)  # it is off
    machine.start()
    timeline.run_until(100)
    assert done == [10]
    assert machine.clock == 1100, "and its clock has not jumped"


def test_a_connection_that_a_closing_server_has_not_accepted_ends_with_it() -> None:
    simulation = Simulation()

    class Waiting(End):
        """Waits to be accepted, and notes its end."""

        lost = ""

        def connection_lost(self, why: str) -> None:
            self.lost = why

    client = Waiting(simulation.network, Machine(simulation.timeline))
    simulation.server.connect(client, ActionLog("client"))
    simulation.server.close(down=1.0)
    simulation.run(0.5)
    assert client.lost == "the other end has closed"
    simulation.run(10)
    assert simulation.server.running.peers == {}
