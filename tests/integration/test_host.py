"""The host of a room, as programs see it; and rooms whose state it alone sets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import roomcast
from roomcast import BadArgument, Player, Refused, Room, join
from roomcast.core.server.room_kinds import StateBy
from roomcast.testing import simulate
from tests.cli.roomcast_program import ANYWHERE, Roomcast, said, stranger
from tests.integration.conftest import RunningServer
from tests.integration.rooms import pump_until

Start = Callable[..., RunningServer]


def hosts(room: Room) -> list[str]:
    """The ids of the hosts that it is told of."""
    heard: list[str] = []

    @room.on("host")
    def host(player: Player) -> None:
        assert room.host == player
        heard.append(player.id)

    return heard


def test_the_host_is_who_has_been_here_longest_and_each_program_is_told(server: RunningServer) -> None:
    red = join(server.address(), name="red")
    by_red = hosts(red)
    with join(server.address(), name="blue") as blue, join(server.address(), name="green") as green:
        by_blue, by_green = hosts(blue), hosts(green)
        for room in (red, blue, green):
            pump_until(lambda room=room: len(room.players) == 3, room)
            assert room.host is not None
            assert room.host.name == "red"
        red.leave()
        for room in (blue, green):
            pump_until(lambda room=room: room.host is not None and room.host.name == "blue", room)
        assert by_blue == by_green == ["red", "blue"]
    assert by_red == ["red"]


def agree(simulation: Any) -> None:
    rooms = [simulation.join("dots", name) for name in ("red", "blue", "green", "grey")]
    seen: dict[int, dict[str, set[str]]] = {}  # the hosts by the place in the order, and who saw that one
    for room in rooms:

        def note(player: Any, room: Any = room) -> None:
            if room.me.id:
                host = "" if room.host is None else room.host.id
                seen.setdefault(room.seq, {}).setdefault(host, set()).add(room.me.id)

        room.on("note")(note)
    for _ in range(30):
        simulation.chance.choice(rooms).send("note")
        simulation.run(2, faults=1)
    simulation.settle()
    assert seen
    assert all(len(by_host) == 1 for by_host in seen.values()), seen
    assert any(len(programs) > 1 for by_host in seen.values() for programs in by_host.values())


def test_all_programs_agree_on_the_host_whatever_they_have_missed() -> None:
    simulate(agree, seeds=10, level="full")  # with a server that forgets, another log begins


# ---------------------------------------------------------------------- whose state


def test_the_rooms_state_is_the_hosts_and_a_refusal_says_whose(start_server: Start) -> None:
    server = start_server(state_by=StateBy(usual=True))
    with join(server.address(), name="red") as red, join(server.address(), name="blue") as blue:
        refused: list[Refused] = []
        blue.on("error")(refused.append)
        red.state["round"] = 1
        blue.state["round"] = 99
        blue.me["score"] = 5
        pump_until(lambda: refused, blue)
        assert refused[0].code == "rejected"
        assert refused[0].message == "in this room, its host alone sets room.state: that is red now"
        pump_until(lambda: red.players["blue"].get("score") == 5, red)
        assert dict(red.state) == {"round": 1}
        red.leave()
        pump_until(lambda: blue.host == blue.me, blue)
        blue.state["round"] = 2
        pump_until(lambda: blue.state.get("round") == 2, blue)


def test_a_program_that_hosts_a_room_keeps_its_state() -> None:
    with (
        roomcast.host("quiz", "Ada", bind="127.0.0.1", port=0, quiet=True, announce=False, state_by="host") as ada,
        join(f"127.0.0.1:{ada.hosted.server.port}/quiz", name="Alan") as alan,
    ):
        refused: list[Refused] = []
        alan.on("error")(refused.append)
        alan.state["score"] = 100
        pump_until(lambda: refused, alan)
        assert ada.host == ada.me
    with pytest.raises(BadArgument, match="state_by= is 'everyone' or 'host', not 'me'"):
        roomcast.host("quiz", port=0, state_by="me")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("flags", "refused"), [(["host"], True), (["quiz=host"], False), (["host", "dots=everyone"], False)]
)
def test_serve_is_told_whose_the_state_is(flags: list[str], refused: bool) -> None:
    words = [word for flag in flags for word in ("--state-by", flag)]
    with (
        Roomcast("serve", *ANYWHERE, *words) as serve,
        stranger(serve.port),
        stranger(serve.port, "blue") as (second, _),
    ):
        second.send(json.dumps({"t": "set", "n": 1, "of": "room", "p": {"round": 1}}))
        heard: list[dict[str, Any]] = []
        while not any(one["t"] in ("set", "error") for one in heard):
            heard += [json.loads(line) for line in str(second.recv(10)).splitlines()]
        assert heard[-1]["t"] == ("error" if refused else "set")


@pytest.mark.parametrize("flag", ["owner", "quiz=", "=host", "quiz=me", ""])
def test_what_nobody_is_gets_a_sentence(flag: str) -> None:
    code, error = said("serve", *ANYWHERE, "--state-by", flag)
    assert code == 2
    assert "write who sets it, everyone or host; for one room --state-by quiz=host" in error
