"""Who comes late runs what was before: from the beginning, or from the oldest place that the room keeps."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

import roomcast
from roomcast import BadArgument
from roomcast.core.server.accounts import Account
from tests.integration.conftest import RunningServer
from tests.integration.rooms import notes, pump_until
from tests.js.node import HERE, needs_node, run
from tests.waiting import wait_for

Start = Callable[..., RunningServer]


def test_who_comes_late_and_sees_nothing_of_it_is_told_once(
    server: RunningServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "roomcast.hints")
    with roomcast.join(server.address(), name="red") as red:
        dots_of(red)
        red.send("move", 1, 1)
        pump_until(lambda: not red.unacknowledged, red)
        for replay in (False, True):
            with roomcast.join(server.address(), name="green", replay=replay) as green:
                dots_of(green)
                pump_until(lambda: green.me in green.players, green)
                green.pump()
    (told,) = [one.getMessage() for one in caplog.records if one.name == "roomcast.hints.late"]
    assert "there was one call in the room 'dots', of which it sees nothing" in told
    assert "replay=True" in told


@pytest.mark.parametrize("kept", [20, 1000])
def test_who_wants_all_from_the_beginning_is_told_where_the_room_has_forgotten_that(
    start_server: Start, caplog: pytest.LogCaptureFixture, kept: int
) -> None:
    server = start_server(kept_entries=kept)
    with roomcast.join(server.address(), name="red") as red:
        dots_of(red)
        for _ in range(200):
            red.send("move", 1, 1)
        red.state["level"] = 3  # shared state is there: what the functions have made is not
        pump_until(lambda: red.state.get("level") == 3, red)
        with roomcast.join(server.address(), name="green", replay=True) as green:
            late = dots_of(green)
            pump_until(lambda: green.me in green.players, green)
            green.pump()
            told = [one for one in caplog.records if one.name == "roomcast.hints.late"]
            if kept == 1000:
                assert (late["red"], told) == ([200, 200], [])
            else:
                assert late["red"] != [200, 200]
                assert [one.levelname for one in told] == ["WARNING"]
                assert "the room 'dots' has forgotten its first " in told[0].getMessage()


def dots_of(room: Any) -> dict[str, list[int]]:
    """A first game: everyone has a dot, which everyone moves."""
    dots: dict[str, list[int]] = {}

    @room.on("join")
    def joined(player: roomcast.Player) -> None:
        dots[player.id] = [0, 0]

    @room.on("leave")
    def left(player: roomcast.Player) -> None:
        del dots[player.id]

    @room.command("move")
    def move(player: roomcast.Player, dx: int, dy: int) -> None:
        dots[player.id][0] += dx
        dots[player.id][1] += dy

    return dots


def test_a_late_player_runs_all_that_happened_in_the_one_order(server: RunningServer) -> None:
    with roomcast.join(server.address(), name="red") as red:
        dots = dots_of(red)
        with roomcast.join(server.address(), name="blue") as blue:
            blue.send("move", 7, 7)
        for step in range(100):
            red.send("move", step, 1)
        red.me["colour"] = "red"
        red.state["level"] = 3
        pump_until(lambda: red.state.get("level") == 3, red)
        with roomcast.join(server.address(), name="green", replay=True) as green:
            late = dots_of(green)
            seen = notes(green, "join", "leave", "set")
            assert (green.seq, len(green.players), dict(green.state)) == (0, 0, {})
            assert green.me.id == "green"
            pump_until(lambda: green.me in green.players and green.seq == red.seq, red, green)
            assert late == dots == {"red": [4950, 100], "green": [0, 0]}
            assert seen == [
                ("join", "red"),
                ("join", "blue"),
                ("leave", "blue"),
                ("set", "red", {"colour": "red"}),
                ("set", "red", {"level": 3}),
                ("join", "green"),
            ]
            assert (green.players["red"]["colour"], green.state["level"]) == ("red", 3)


def test_what_it_sends_meanwhile_comes_back_as_ever(server: RunningServer) -> None:
    with roomcast.join(server.address(), name="red") as red:
        for step in range(500):
            red.send("move", step, 0)
        pump_until(lambda: not red.unacknowledged, red)
        with roomcast.join(server.address(), name="green", replay=True) as green:
            late = dots_of(green)
            green.send("move", 1, 2)
            pump_until(lambda: not green.unacknowledged and late.get("green") == [1, 2], green)
            assert late["red"] == [sum(range(500)), 0]


@needs_node
def test_the_asyncio_client_and_a_page_do_so_too(server: RunningServer) -> None:
    async def late(at: str) -> dict[str, list[int]]:
        async with roomcast.connect(at, name="green", replay=True) as green:
            dots = dots_of(green)
            async for entry in green:
                if entry.kind == "join" and entry.player == green.me:
                    return dots
        raise AssertionError("the room was left")

    with roomcast.join(server.address(), name="red") as red:
        for _ in range(20):
            red.send("move", 1, 1)
        pump_until(lambda: not red.unacknowledged, red)
        assert asyncio.run(late(server.address())) == {"red": [20, 20], "green": [0, 0]}
        printed = run("node", HERE / "late_player.mjs", server.address())
        assert printed == '{"red":[20,20],"page":[0,0]}\n'
        printed, told = run("node", HERE / "late_player.mjs", server.address(), "now").splitlines()
        assert "there were 20 calls in the room 'dots', of which it sees nothing" in told
        assert printed == '{"red":[0,0],"page":[0,0]}'


def test_one_whose_session_is_forgotten_runs_all_again(start_server: Start) -> None:
    server = start_server(resume_window=0.01, seat_kept=0.01)
    with roomcast.join(server.address(), name="red", replay=True) as red:
        dots = dots_of(red)
        red.send("move", 1, 1)
        pump_until(lambda: dots == {"red": [1, 1]}, red)
        lost = notes(red, "lost")
        port = server.port
        server.stop()
        start_server(port=port)
        pump_until(lambda: lost and red.me in red.players, red)
        assert dots == {"red": [0, 0]}  # of the new room, which nobody has moved in


def test_of_a_long_log_it_runs_what_is_kept_with_the_state_of_that_place(start_server: Start) -> None:
    server = start_server(kept_entries=80)
    with roomcast.join(server.address(), name="red") as red:
        for step in range(500):
            red.state["step"] = step
            red.send("at", step)
            pump_until(lambda: not red.unacknowledged, red)
        with roomcast.join(server.address(), name="green", replay=True) as green:
            assert 1000 - 88 <= green.seq <= 1000 - 60
            first = green.state["step"]
            steps: list[tuple[int, int]] = []
            green.command("at")(lambda player, step: steps.append((step, green.state["step"])))
            pump_until(lambda: green.me in green.players, green)
            assert [one for one, _ in steps][-1] == 499
            assert steps == [(step, step) for step in range(steps[0][0], 500)]
            assert steps[0][0] in (first, first + 1)


@pytest.mark.parametrize("given", ["yes", 1, None])
def test_replay_is_true_or_false(server: RunningServer, given: Any) -> None:
    with pytest.raises(BadArgument, match="replay= is True or False, not"):
        roomcast.join(server.address(), replay=given)
    with pytest.raises(BadArgument, match="replay= is True or False, not"):
        roomcast.connect(server.address(), replay=given)


def test_the_log_that_a_newcomer_is_sent_is_charged_to_its_address(
    start_server: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start_server()
    with roomcast.join(server.address(), name="red") as red:
        for _ in range(100):
            red.send("say", "x" * 10_000)
        pump_until(lambda: not red.unacknowledged, red)
        charged: list[float] = []
        charge = Account.charge
        monkeypatch.setattr(Account, "charge", lambda *args: charged.append(args[1]) or charge(*args))
        with roomcast.join(server.address(), name="green", replay=True) as green:
            pump_until(lambda: green.me in green.players, green)
            wait_for(lambda: sum(charged) > 0.002 * 1_000_000, what="the million bytes are charged")


def test_a_room_that_opens_again_is_run_as_far_as_it_was_kept(start_server: Start, tmp_path: Any) -> None:
    server = start_server(keep=tmp_path / "rooms.db")
    with roomcast.join(server.address(), name="red") as red:
        for _ in range(30):
            red.send("move", 1, 1)
        pump_until(lambda: not red.unacknowledged, red)
    server.stop()
    again = start_server(keep=tmp_path / "rooms.db")
    with roomcast.join(again.address(), name="green", replay=True) as green:
        moved: list[int] = []
        green.command("move")(lambda player, dx, dy: moved.append(dx))
        pump_until(lambda: green.me in green.players, green)
        assert moved == [1] * 30
