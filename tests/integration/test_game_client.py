"""The client for game loops, on a real server: pump and callbacks, sending, players, shared state."""

import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

import pytest

import roomcast
from roomcast import Player, Room
from tests.integration.conftest import RunningServer
from tests.integration.rooms import notes, pump_until
from tests.waiting import wait_for

Enter = Callable[..., Room]


@pytest.fixture
def red(enter: Enter) -> Room:
    return enter("red")


@pytest.fixture
def blue(enter: Enter, red: Room) -> Room:
    """Comes after red."""
    return enter("blue")


# ---------------------------------------------------------------- pump: when and where callbacks run


def test_callbacks_run_only_in_pump_and_in_the_thread_that_pumps(red: Room, blue: Room) -> None:
    ran_in = []
    for event in ("join", "step", "set"):
        red.on(event)(lambda *_: ran_in.append(threading.current_thread()))
    blue.send("step")
    blue.me["x"] = 1
    wait_for(lambda: red._client.seen >= 4, what="all has arrived at red")  # not pumped yet
    assert ran_in == []

    thread = threading.Thread(target=red.pump)
    thread.start()
    thread.join()
    assert ran_in == [thread] * 4  # two joins, the step, the set


def test_pump_returns_how_many_entries_it_ran(red: Room, blue: Room) -> None:
    ran = 0
    for _ in range(5):
        blue.send("step")

    def all_run() -> bool:
        nonlocal ran
        ran += red.pump()
        return red.seq == 7

    wait_for(all_run)
    assert ran == 6  # five steps and the join of blue; that of red itself came with the snapshot
    assert red.pump() == 0


def test_an_exception_comes_out_of_pump_and_nothing_that_waits_is_lost(red: Room, blue: Room) -> None:
    ran: list[str] = []

    @red.on("step")
    def first(number: int) -> None:
        ran.append(f"first {number}")
        if number == 2:
            raise ZeroDivisionError("in the game")

    @red.on("step")
    def second(number: int) -> None:
        ran.append(f"second {number}")

    for number in (1, 2, 3):
        blue.send("step", number)
    wait_for(lambda: red._client.seen == 5)

    with pytest.raises(ZeroDivisionError, match="in the game") as failure:
        red.pump()
    assert ran == ["first 1", "second 1", "first 2"]
    assert traceback.extract_tb(failure.value.__traceback__)[-1].name == "first"
    assert failure.value.__context__ is None
    red.pump()
    assert ran == ["first 1", "second 1", "first 2", "second 2", "first 3", "second 3"]
    assert red.pump() == 0


def test_a_budget_stops_pump_and_the_rest_waits_for_the_next(red: Room, blue: Room) -> None:
    ran = []

    @red.on("slow")
    def slow(number: int) -> None:
        ran.append(number)
        time.sleep(0.02)

    for number in range(5):
        blue.send("slow", number)
    wait_for(lambda: red._client.seen == 7)
    assert red.pump(budget=0.01) >= 1
    done_at_first = len(ran)
    assert done_at_first < 5
    assert red.pump(budget=0.0) == 0  # no time: nothing more is begun
    pump_until(lambda: len(ran) == 5, red)
    assert ran == [0, 1, 2, 3, 4]


def test_waiting_ends_as_soon_as_something_comes(red: Room, blue: Room) -> None:
    red.pump()
    pump_until(lambda: red.seq == 2, red)
    steps = notes(red, "step")
    timer = threading.Timer(0.05, blue.send, ("step", 1))
    timer.start()
    started = time.monotonic()
    while not steps:
        red.pump(wait=10)
    assert time.monotonic() - started < 5
    timer.join()
    assert red.pump(wait=0.01) == 0  # nothing came


def test_pump_inside_a_callback_goes_on_where_the_outer_one_is(red: Room, blue: Room) -> None:
    ran = []

    @red.on("step")
    def step(number: int) -> None:
        ran.append(number)
        red.pump()

    for number in range(4):
        blue.send("step", number)
    pump_until(lambda: len(ran) == 4, red)
    assert ran == [0, 1, 2, 3]


def test_a_call_runs_nothing_until_it_comes_back(red: Room) -> None:
    ran = []

    @red.everywhere
    def move(player: Player, dx: int, dy: int = 0) -> None:
        ran.append((player.id, dx, dy))

    assert move(1) is None  # type: ignore[func-returns-value]
    move(dx=2, dy=3)
    assert ran == []
    assert red.unacknowledged == 2
    pump_until(lambda: len(ran) == 2, red)
    assert ran == [("red", 1, 0), ("red", 2, 3)]
    assert red.unacknowledged == 0


# ---------------------------------------------------------------- sending


def test_eight_threads_send_at_once_and_each_is_heard_once_and_in_its_own_order(red: Room, blue: Room) -> None:
    threads, each = 8, 500
    heard: list[tuple[int, int]] = []
    blue.on("count")(lambda thread, number: heard.append((thread, number)))
    longest = [0.0] * threads

    def count(thread: int) -> None:
        for number in range(each):
            started = time.monotonic()
            red.send("count", thread, number)
            longest[thread] = max(longest[thread], time.monotonic() - started)

    senders = [threading.Thread(target=count, args=(thread,)) for thread in range(threads)]
    for sender in senders:
        sender.start()
    pump_until(lambda: len(heard) >= threads * each, blue, red, within=30)
    for sender in senders:
        sender.join()
    for thread in range(threads):
        assert [number for who, number in heard if who == thread] == list(range(each))
    assert len(heard) == threads * each
    assert max(longest) < 1.0  # it never waits for the network; for the processor, perhaps


def test_what_json_cannot_carry_fails_at_the_caller_by_name(red: Room, blue: Room) -> None:
    heard = notes(blue, "draw")

    @red.everywhere
    def draw(shape: Any, size: float = 1.0) -> None:
        pass

    with pytest.raises(roomcast.BadArgument, match="argument 'shape' is a set"):
        draw({1, 2})
    with pytest.raises(roomcast.BadArgument, match="argument 'size' is nan"):
        draw("circle", size=float("nan"))
    with pytest.raises(roomcast.BadArgument, match="missing a required argument: 'shape'"):
        draw()
    draw("circle")
    pump_until(lambda: heard, blue)
    assert heard == [("draw", "red", "circle")]


def test_a_message_over_the_limit_fails_at_the_caller(start_server: Callable[..., RunningServer]) -> None:
    server = start_server(message_size=2000)
    with roomcast.join(server.address(), name="red") as red:
        heard = notes(red, "say", "error")
        with pytest.raises(roomcast.BadArgument, match=r"say takes .* bytes, and a message may have 2000"):
            red.send("say", "x" * 2000)
        red.send("say", "é" * 850)
        pump_until(lambda: heard, red)
        assert heard == [("say", "red", "é" * 850)]


def test_the_largest_message_that_is_taken_fits_whatever_its_name_and_readers(
    start_server: Callable[..., RunningServer],
) -> None:
    server = start_server(message_size=2000)
    with roomcast.join(server.address(), name="x" * 64) as red:
        heard = notes(red, "€" * 64, "error", "closed")
        size = 2000
        while not heard:  # from too large downwards: the first that is taken must arrive
            size -= 1
            try:
                red.send("€" * 64, "x" * size, to=[red.me] * 3)
            except roomcast.BadArgument:
                assert size > 1000
                continue
            pump_until(lambda: heard, red)
        assert heard == [("€" * 64, "x" * 64, "x" * size)]


def test_a_strangers_bad_call_becomes_an_error_event(red: Room, blue: Room) -> None:
    ran = []

    @red.everywhere
    def move(player: Player, dx: int) -> None:
        ran.append(dx)

    errors: list[roomcast.Refused] = []
    red.on("error")(errors.append)
    blue.send("move", "five")
    blue.send("move")
    blue.send("move", 1, 2, 3)
    blue.send("move", dy=1)
    blue.send("move", "5")
    pump_until(lambda: ran, red)
    assert ran == [5]
    assert [error.code for error in errors] == ["bad-argument"] * 4
    assert str(errors[0]).startswith('from blue: move("five") does not fit move(dx: int)')


def test_a_bad_call_without_an_error_handler_is_logged(red: Room, blue: Room, caplog: pytest.LogCaptureFixture) -> None:
    red.on("move")(lambda dx: None)
    blue.send("move", 1, 2)
    pump_until(lambda: "does not fit move(dx)" in caplog.text, red)


def test_a_private_command_reaches_only_its_people(red: Room, blue: Room, enter: Enter) -> None:
    green = enter("green")
    heard = {room: notes(room, "whisper", "all") for room in (red, blue, green)}
    red.send("whisper", "psst", to=blue.me)
    red.send("whisper", "both", to=["blue", "green"])
    red.send("all")
    pump_until(lambda: all(("all", "red") in heard[room] for room in heard), red, blue, green)
    assert heard[blue] == [("whisper", "red", "psst"), ("whisper", "red", "both"), ("all", "red")]
    assert heard[green] == [("whisper", "red", "both"), ("all", "red")]
    assert heard[red] == heard[blue]  # who sends it has it, too
    assert red.seq == blue.seq == green.seq == 6


def test_nobody_is_told_secretly_who_is_not_there(red: Room) -> None:
    errors = notes(red, "error")
    red.send("whisper", to="nobody")
    pump_until(lambda: errors, red)
    assert errors == [("error", "bad-argument")]
    assert red.unacknowledged == 0


# ---------------------------------------------------------------- players


def test_join_handlers_are_called_for_those_already_there(red: Room, blue: Room) -> None:
    seen = notes(blue, "join")
    blue.pump()
    assert seen == [("join", "red"), ("join", "blue")]


def test_who_comes_and_who_leaves_is_told(red: Room, enter: Enter) -> None:
    seen = notes(red, "join", "leave")
    blue = enter("blue")
    pump_until(lambda: ("join", "blue") in seen, red)
    someone = red.players["blue"]
    assert someone.here
    blue.leave()
    pump_until(lambda: ("leave", "blue") in seen, red)
    assert seen == [("join", "red"), ("join", "blue"), ("leave", "blue")]
    assert not someone.here
    assert someone.name == "blue"  # still known to those who kept it


def test_a_player_who_leaves_is_gone_before_its_handlers_are_called(red: Room, enter: Enter) -> None:
    there = []
    red.on("leave")(lambda player: there.append((player in red.players, player.name, dict(player))))
    blue = enter("blue")
    blue.me["colour"] = "navy"
    blue.leave()
    pump_until(lambda: there, red)
    assert there == [(False, "blue", {"colour": "navy"})]


def test_players_are_in_the_order_of_joining(red: Room, blue: Room, enter: Enter) -> None:
    green = enter("green")
    pump_until(lambda: len(red.players) == 3, red)
    assert [player.id for player in red.players] == ["red", "blue", "green"]
    assert [player.id for player in green.players] == ["red", "blue", "green"]
    assert "blue" in red.players
    assert "pink" not in red.players
    assert red.players.get("pink") is None
    with pytest.raises(KeyError):
        red.players["pink"]
    assert red.me == red.players["red"]
    assert red.me != green.players["red"]  # the same player, seen from another room object
    assert red.me.here


def test_one_program_may_be_several_players_in_several_rooms(enter: Enter) -> None:
    one, two, other = enter("red"), enter("red"), enter("red", room="elsewhere")
    assert (one.me.id, two.me.id, other.me.id) == ("red", "red2", "red")
    heard = notes(other, "step")
    one.send("step")
    other.send("step")
    pump_until(lambda: heard, one, two, other)
    assert heard == [("step", "red")]
    assert (one.name, other.name) == ("dots", "elsewhere")


# ---------------------------------------------------------------- shared state


def test_a_players_state_is_seen_by_all_and_there_when_it_has_come_back(red: Room, blue: Room) -> None:
    seen = notes(red, "set")
    blue.me["x"] = 3
    assert "x" not in blue.me
    pump_until(lambda: "x" in blue.me and seen, red, blue)
    assert blue.me["x"] == red.players["blue"]["x"] == 3
    assert seen == [("set", "blue", {"x": 3})]


def test_state_is_set_updated_merged_and_deleted(red: Room, blue: Room) -> None:
    state, seen = red.state, blue.state
    state["level"] = 2
    state.update({"score": 1, "over": False}, map={"a": {"deep": [1]}, "b": 2})
    state.merge({"map": {"a": {"more": None, "new": 1}, "b": None}})
    del state["score"]
    state["last"] = True
    pump_until(lambda: "last" in state and "last" in seen, red, blue)
    assert dict(state.items()) == dict(seen.items())
    assert dict(seen.items()) == {
        "level": 2,
        "over": False,
        "map": {"a": {"deep": [1], "new": 1}},
        "last": True,
    }


def test_a_dict_that_is_set_replaces_the_old_one(red: Room) -> None:
    red.state["map"] = {"a": 1, "b": {"c": 2}}
    red.state["map"] = {"d": None, "e": 3}
    red.state["done"] = 1
    pump_until(lambda: "done" in red.state, red)
    assert red.state["map"] == {"d": None, "e": 3}


def test_the_last_one_to_set_a_key_wins_everywhere(red: Room, blue: Room) -> None:
    for number in range(50):
        red.state["who"] = f"red {number}"
        blue.state["who"] = f"blue {number}"
    pump_until(lambda: red.seq == blue.seq == 102, red, blue)
    assert red.state["who"] == blue.state["who"]


def test_only_the_player_sets_its_own_state(red: Room, blue: Room) -> None:
    pump_until(lambda: "blue" in red.players, red)
    with pytest.raises(roomcast.BadArgument, match="the state of blue is its own to set"):
        red.players["blue"]["x"] = 1
    with pytest.raises(roomcast.BadArgument, match="own to set"):
        del red.players["blue"]["x"]


def test_state_that_json_cannot_carry_fails_at_the_caller(red: Room) -> None:
    with pytest.raises(roomcast.BadArgument, match="argument 'when' is a object"):
        red.state["when"] = object()
    with pytest.raises(roomcast.BadArgument, match="key 1 of shared state is not text"):
        red.me[1] = 2  # type: ignore[index]


def test_a_late_joiner_has_all_state(red: Room, enter: Enter) -> None:
    red.state["level"] = 7
    red.me["at"] = [1, 2]
    red.send("step")
    pump_until(lambda: red.unacknowledged == 0, red)
    late = enter("late")
    assert late.state["level"] == 7
    assert late.players["red"]["at"] == [1, 2]
    assert late.seq == red.seq + 1  # its own join


def test_a_handler_reads_the_state_as_of_its_own_entry(red: Room, blue: Room) -> None:
    read = []
    blue.on("look")(lambda number: read.append((number, blue.state["level"], blue.seq)))
    blue.on("set")(lambda player, patch: read.append((patch["level"], blue.state["level"], blue.seq)))
    for number in range(3):
        red.state["level"] = number
        red.send("look", number)
    pump_until(lambda: len(read) == 6, blue)
    assert read == [(number, number, 3 + 2 * number + look) for number in range(3) for look in (0, 1)]


def test_too_much_state_is_refused_with_the_setting(start_server: Callable[..., RunningServer]) -> None:
    server = start_server(player_state=1000)
    with roomcast.join(server.address(), name="red") as red:
        errors: list[roomcast.Refused] = []
        red.on("error")(errors.append)
        red.me["small"] = "x"
        red.me["large"] = "x" * 1000
        red.me["other"] = "y"
        pump_until(lambda: "other" in red.me, red)
        assert [error.code for error in errors] == ["state-full"]
        assert "setting: player-state" in str(errors[0])
        assert dict(red.me.items()) == {"small": "x", "other": "y"}
