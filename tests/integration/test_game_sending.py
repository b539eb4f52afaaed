"""The client for game loops, on a real server: what is sent, to whom, and what cannot be."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

import roomcast
from roomcast import Player, Room
from tests.integration.conftest import RunningServer
from tests.integration.rooms import notes, pump_until

Enter = Callable[..., Room]


def test_eight_threads_send_at_once_and_each_is_heard_once_and_in_its_own_order(red: Room, blue: Room) -> None:
    threads, each = 8, 500
    heard: list[tuple[int, int]] = []
    blue.on("count")(lambda thread, number: heard.append((thread, number)))

    def count(thread: int) -> None:
        for number in range(each):
            red.send("count", thread, number)

    senders = [threading.Thread(target=count, args=(thread,)) for thread in range(threads)]
    for sender in senders:
        sender.start()
    pump_until(lambda: len(heard) >= threads * each, blue, red, within=30)
    for sender in senders:
        sender.join()
    for thread in range(threads):
        assert [number for who, number in heard if who == thread] == list(range(each))
    assert len(heard) == threads * each


def test_what_json_cannot_carry_fails_at_the_caller_by_name(red: Room, blue: Room) -> None:
    heard = notes(blue, "draw")

    @red.everywhere
    def draw(shape: Any, size: float = 1.0) -> None:
        pass

    with pytest.raises(roomcast.BadArgument, match="argument 'shape' is a set"):
        draw({1, 2})
    with pytest.raises(roomcast.BadArgument, match="argument 'size' is nan"):
        draw("circle", size=float("nan"))
    with pytest.raises(roomcast.BadArgument, match="the argument is missing: shape"):
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
