"""Mistakes in a program: functions and calls, what is sent, shared state, the room itself."""

from __future__ import annotations

import copy
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import roomcast
from tests.errors.making import Table, mistake
from tests.integration.rooms import pump_until

# ---------------------------------------------------------------------- functions


@mistake("pump")
def a_program_without_pump(table: Table) -> None:
    program = (
        f"import roomcast\nroom = roomcast.join({table.server.address()!r})\n"
        "@room.everywhere\ndef move(player, dx): ...\nmove(5)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    raise RuntimeError(done.stderr.strip())


@mistake("pump")
def a_window_that_is_not_attached(table: Table) -> None:
    program = (
        f"import tkinter, roomcast\nroom = roomcast.join({table.server.address()!r})\n"
        "@room.everywhere\ndef move(player, dx): ...\nmove(5)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    raise RuntimeError(done.stderr.strip())


@mistake("pump")
def sending_for_ever_without_pump(table: Table) -> None:
    table.monkeypatch.setattr("roomcast.core.client.send_queue.MAX_WAITING", 0)
    table.room.send("move", 5)


@mistake("too-fast")
def sending_more_than_the_network_takes(table: Table) -> None:
    table.room.pump()
    table.monkeypatch.setattr("roomcast.core.client.send_queue.MAX_WAITING", 0)
    table.room.send("move", 5)


@mistake("outdated")
def latest_that_is_no_yes_or_no(table: Table) -> None:
    table.room.send("aim", 5, latest="x")  # type: ignore[arg-type]


@mistake("outdated")
def a_call_that_may_wait_for_no_time_at_all(table: Table) -> None:
    table.room.send("shout", "here", ttl=0)


@mistake("outdated")
def bytes_that_may_be_left_out(table: Table) -> None:
    @table.room.everywhere(latest=True)
    def picture(data: bytes) -> None: ...

    picture(b"cat")


@mistake("decorator")
def no_parentheses_after_on(table: Table) -> None:
    @table.room.on  # type: ignore[call-overload]
    def join(player: Any) -> None: ...


@mistake("decorator")
def a_call_in_place_of_the_function(table: Table) -> None:
    def move(player: Any = None) -> None: ...

    table.room.everywhere(move())  # type: ignore[func-returns-value, arg-type]


@mistake("decorator")
def everywhere_on_a_method(table: Table) -> None:
    class Game:
        @table.room.everywhere
        def move(self, player: Any, dx: int) -> None: ...


@mistake("decorator")
def an_async_function_in_a_game_loop(table: Table) -> None:
    @table.room.everywhere
    async def move(player: Any) -> None: ...


@mistake("decorator")
def a_function_that_yields(table: Table) -> None:
    @table.room.everywhere
    def move(player: Any) -> Any:
        yield 5


@mistake("decorator")
def a_handler_without_its_parameter(table: Table) -> None:
    @table.room.on("join")  # type: ignore[arg-type]
    def hello() -> None: ...


@mistake("event-name")
def a_misspelt_event(table: Table) -> None:
    table.room.on("jion")(lambda player: None)


@mistake("event-name")
def an_event_of_another_library(table: Table) -> None:
    table.room.on("click")(lambda player: None)


@mistake("event-name")
def a_command_called_as_an_event_is(table: Table) -> None:
    table.room.send("join")


@mistake("same-name")
def two_functions_of_one_name(table: Table) -> None:
    @table.room.everywhere
    def move(player: Any, dx: int) -> None: ...

    @table.room.everywhere
    def move(player: Any, dx: int, dy: int) -> None: ...  # type: ignore[no-redef] # noqa: F811


@mistake("unknown-command")
def a_misspelt_command(table: Table) -> None:
    @table.room.everywhere
    def move(player: Any, dx: int) -> None: ...

    table.room.send("mvoe", 5)
    table.pump_until_told()


@mistake("type-hint")
def a_hint_that_no_network_carries(table: Table) -> None:
    @table.room.everywhere
    def move(player: Any, turtle: threading.Thread) -> None: ...


# ---------------------------------------------------------------------- calls


@mistake("arguments")
def an_argument_too_few(table: Table) -> None:
    _move(table)(3)


@mistake("arguments")
def an_argument_too_many(table: Table) -> None:
    _move(table)(3, 4, 5)


@mistake("arguments")
def the_player_is_handed_over(table: Table) -> None:
    _move(table)(table.room.me, 3, 4)


@mistake("arguments")
def text_where_a_number_is_wanted(table: Table) -> None:
    _move(table)("three", 4)


@mistake("arguments")
def the_first_parameter_is_not_called_player(table: Table) -> None:
    @table.room.everywhere
    def move(who: Any, dx: int, dy: int) -> None: ...

    move(3, 4)


def _move(table: Table) -> Any:
    @table.room.everywhere
    def move(player: Any, dx: int, dy: int) -> None: ...

    return move


@mistake("arguments")
def a_stranger_sends_what_does_not_fit(table: Table) -> None:
    @table.room.command("move")
    def move(player: Any, dx: int, dy: int) -> None: ...

    table.room.send("move", "three", 4)
    table.pump_until_told()


@mistake("not-sendable")
def a_set_is_sent(table: Table) -> None:
    table.room.send("hands", {"ace", "king"})


@mistake("not-sendable")
def an_object_of_the_program_is_sent(table: Table) -> None:
    table.room.send("dot", object())


@mistake("not-sendable")
def a_time_is_sent(table: Table) -> None:
    table.room.send("at", datetime.now(UTC))


@mistake("not-sendable")
def not_a_number_is_sent(table: Table) -> None:
    table.room.send("move", float("nan"))


@mistake("too-big")
def a_hundred_thousand_letters_are_sent(table: Table) -> None:
    table.room.send("say", "x" * 100_000)


@mistake("too-big")
def a_hundred_thousand_letters_are_shared(table: Table) -> None:
    for key in range(6):
        table.room.state[str(key)] = "x" * 60_000
    table.pump_until_told()


@mistake("bad-name")
def a_blank_in_a_command(table: Table) -> None:
    table.room.send("move left", 5)


@mistake("to")
def a_message_to_a_number(table: Table) -> None:
    table.room.send("hello", to=7)  # type: ignore[arg-type]


@mistake("arguments")
def a_message_to_somebody_who_is_not_here(table: Table) -> None:
    table.room.send("hello", to="Alan")
    table.pump_until_told()


# ---------------------------------------------------------------------- shared state


@mistake("read-only")
def a_score_is_changed_in_place(table: Table) -> None:
    room = table.room
    room.state["scores"] = {"ann": 1}
    pump_until(lambda: "scores" in room.state, room)
    room.state["scores"]["ann"] += 1


@mistake("read-only")
def a_list_is_changed_in_place(table: Table) -> None:
    room = table.room
    room.state["bag"] = [1]
    pump_until(lambda: "bag" in room.state, room)
    room.state["bag"].append(2)


@mistake("state")
def a_number_as_a_key(table: Table) -> None:
    table.room.state[3] = "x"  # type: ignore[index]


@mistake("state")
def a_key_as_an_attribute(table: Table) -> None:
    table.room.state.level = 3  # type: ignore[attr-defined]


@mistake("counting")
def a_text_is_added(table: Table) -> None:
    table.room.state.add("score", "5")  # type: ignore[arg-type]


@mistake("counting")
def nothing_is_claimed(table: Table) -> None:
    table.room.state.claim("coin", None)


@mistake("not-copied")
def the_state_is_replaced(table: Table) -> None:
    table.room.state = {}  # type: ignore[misc, assignment]


@mistake("not-copied")
def a_room_is_copied(table: Table) -> None:
    copy.deepcopy(table.room)


@mistake("no-such-player")
def the_first_player_by_number(table: Table) -> None:
    table.room.players[0]  # type: ignore[index]


@mistake("no-such-player")
def the_state_of_another_player(table: Table) -> None:
    room = table.room
    alan = table.enter("Alan", room.name)
    pump_until(lambda: alan.me.id in room.players, room)
    room.players[alan.me.id]["hat"] = "red"


# ---------------------------------------------------------------------- the room


@mistake("busy")
def two_threads_pump(table: Table) -> None:
    room, found = table.room, []

    @room.everywhere
    def wait(player: Any) -> None:
        def pump() -> None:
            try:
                room.pump()
            except roomcast.RoomBusy as error:
                found.append(error)

        other = threading.Thread(target=pump)
        other.start()
        other.join()

    wait()
    pump_until(lambda: found, room)
    raise found[0]


@mistake("check")
def check_without_a_function(table: Table) -> None:
    table.room.check({"level": 3})  # type: ignore[arg-type]


@mistake("dice")
def dice_outside_of_functions(table: Table) -> None:
    table.room.random.randint(1, 6)


@mistake("dice")
def one_of_a_set(table: Table) -> None:
    room = table.room

    @room.everywhere
    def pick() -> None:
        room.random.choice({"red", "green"})  # type: ignore[type-var]

    pick()
    pump_until(lambda: room.unacknowledged == 0, room)


@mistake("dice")
def dice_with_a_seed(table: Table) -> None:
    table.room.random.seed(5)


@mistake("timers")
def a_timer_outside_of_functions(table: Table) -> None:
    table.room.after(2.0, print, "boom")


def _in_a_function(table: Table, use: Callable[[], object]) -> None:
    table.room.command("use")(lambda: use())
    table.room.send("use")
    pump_until(lambda: table.room.unacknowledged == 0, table.room)


@mistake("timers")
def a_timer_with_the_result_of_a_call(table: Table) -> None:
    _in_a_function(table, lambda: table.room.after(2.0, print()))  # type: ignore[arg-type, func-returns-value]


@mistake("timers")
def a_timer_that_never_waits(table: Table) -> None:
    _in_a_function(table, lambda: table.room.every(0, print))


@mistake("timers")
def a_timer_that_lacks_an_argument(table: Table) -> None:
    def explode(x: int, y: int) -> None: ...

    _in_a_function(table, lambda: table.room.after(2.0, explode, 5))  # type: ignore[arg-type]


@mistake("timers")
def a_timer_that_has_run(table: Table) -> None:
    run: list[int] = []
    _in_a_function(table, lambda: run.append(table.room.after(0.001, print).id))
    pump_until(lambda: not table.room.timers, table.room)
    table.room.timers[run[0]]


@mistake("attach")
def attach_without_an_argument(table: Table) -> None:
    table.room.attach()


@mistake("attach")
def attach_to_what_is_no_window(table: Table) -> None:
    table.room.attach("window")


@mistake("setting")
def text_as_a_time(table: Table) -> None:
    table.room.pump(wait="long")  # type: ignore[arg-type]


@mistake("rules")
def the_rooms_state_is_set_by_another_than_its_host(table: Table) -> None:
    hosting = roomcast.host("quiz", bind="127.0.0.1", port=0, quiet=True, announce=False, state_by="host")
    table.stack.enter_context(hosting)
    guest = table.stack.enter_context(roomcast.join(f"127.0.0.1:{hosting.hosted.server.port}/quiz"))
    guest.state["score"] = 1000
    table.pump_until_told(guest)


@mistake("not-allowed")
def who_only_looks_on_sends_a_command(table: Table) -> None:
    table.room.send("deal")
    looking = table.stack.enter_context(roomcast.join(table.server.address("a table"), spectate=True))
    looking.send("deal")
    table.pump_until_told(looking)


@mistake("setting")
def a_lag_without_its_unit(table: Table) -> None:
    table.monkeypatch.setenv("ROOMCAST_LAG", "80")
    roomcast.join(table.server.address())


@mistake("setting")
def a_port_that_is_none(table: Table) -> None:
    roomcast.host("dots", port=70_000)


@mistake("keep")
def the_session_in_a_file_with_something_else(table: Table) -> None:
    mine = table.folder / "homework.txt"
    mine.write_text("my homework", encoding="utf-8")
    roomcast.join(table.server.address(), keep=str(mine))
