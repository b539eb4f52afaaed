"""Players on roomcast.js, each in a Node process, in one room with players in Python, on a real server."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from roomcast import Player, Room, join
from tests.integration.conftest import RunningServer, enter, server, start_server  # noqa: F401  # fixtures
from tests.integration.dam import Dam
from tests.integration.rooms import notes, pump_until
from tests.js.node import HERE, needs_node
from tests.programs import Program
from tests.waiting import wait_for

pytestmark = needs_node

MOVES = 500  # of each of two players: 1,000 commands in one order
PICTURE = 3_000_000  # bytes
MARGIN = 60  # seconds; another program may have the machine at the moment


class Node:
    """A player on roomcast.js, and what it has printed."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.id, seq, self.state = program.line("in ", MARGIN).split(" ", 2)
        self.seq = int(seq)

    def type(self, *words: Any) -> None:
        self.program.type(" ".join(word if isinstance(word, str) else json.dumps(word) for word in words))

    def events(self, name: str) -> list[str]:
        return self.program.all_lines(f"event {name} ")

    def ran(self, player: str, command: str) -> list[tuple[int, Any]]:
        lines = [line.split(" ", 3) for line in self.program.all_lines("run ")]
        return [(int(seq), json.loads(args)) for seq, by, name, args in lines if (by, name) == (player, command)]

    def digest(self) -> tuple[int, str]:
        """Let it leave; how many commands it has run, and their hash."""
        self.type("leave")
        count, digest = self.program.line("digest ", MARGIN).split()
        return int(count), digest


@pytest.fixture
def node() -> Iterator[Callable[..., Node]]:
    """node(where, name) → a player in a process of its own."""
    with ExitStack() as stack:
        yield lambda *args: Node(
            stack.enter_context(Program(HERE / "player.mjs", *map(str, args), typed=True, by=("node",)))
        )


class Noted:
    """A player in Python that notes what it runs, as player.mjs does."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.all = hashlib.sha256()
        self.count = 0
        self.pictures: list[tuple[int, str, str, bytes]] = []
        self.waves: list[tuple[int, Any]] = []

        @room.everywhere
        def move(player: Player, *args: Any) -> None:
            self.note(player, "move", args)

        @room.on("wave")
        def wave(player: Player, *args: Any) -> None:
            self.waves.append((room.seq, list(args)))
            self.note(player, "wave", args)

        @room.on("picture")
        def picture(player: Player, name: str, data: bytes) -> None:
            self.pictures.append((room.seq, player.id, name, data))
            self.note(player, "picture", (name, f"{len(data)}:{hashlib.sha256(data).hexdigest()}"))

        self.move = move

    def note(self, player: Player, command: str, args: Any) -> None:
        shown = json.dumps(list(args), separators=(",", ":"), ensure_ascii=False)
        self.all.update(f"{self.room.seq} {player.id} {command} {shown}\n".encode())
        self.count += 1

    @property
    def digest(self) -> tuple[int, str]:
        return self.count, self.all.hexdigest()


def test_a_thousand_commands_run_in_one_order_in_both_languages_though_connections_are_cut(
    server: RunningServer,  # noqa: F811
    node: Callable[..., Node],
) -> None:
    with Dam(server.port) as dam, join(f"127.0.0.1:{dam.port}/dots", name="python") as room:
        python = Noted(room)
        other = node(f"127.0.0.1:{dam.port}/dots", "node")
        back = notes(room, "resumed")
        for number in range(MOVES):
            python.move(number, "Zoë 🎲")
            other.type("do", "move", [number, {"x": [number / 2 + 0.25, None, True]}])
            if number % 200 == 100:
                dam.cut()
                dam.mend()
            room.pump()
        pump_until(lambda: python.count == 2 * MOVES, room, within=MARGIN, what="all commands have come")
        wait_for(lambda: len(other.program.all_lines("run ")) == 2 * MOVES, MARGIN, "all commands have come to Node")
        assert back
        assert other.events("resumed")
        assert other.events("error") == []
        assert other.digest() == python.digest
        assert [args[0] for _, args in other.ran("node", "move")] == list(range(MOVES)), "each once, in its order"


def test_what_is_outdated_is_not_sent_by_node_after_a_cut(
    server: RunningServer,  # noqa: F811
    node: Callable[..., Node],
) -> None:
    with Dam(server.port) as dam, join(server.address(), name="python") as room:
        aims: list[int] = []
        shouts: list[int] = []
        room.command("aim")(aims.append)
        room.command("wave")(shouts.append)
        other = node(f"127.0.0.1:{dam.port}/dots", "node")
        said = 0

        def unsent() -> list[int]:
            nonlocal said
            other.type("unsent")
            said += 1
            lines = wait_for(
                lambda: (found := other.program.all_lines("unsent ")) and len(found) >= said and found, MARGIN
            )
            return [int(word) for word in lines[-1].split()]

        dam.hold(clients_too=True)
        for number in range(1, 41):  # written, and lost with the connection
            other.type("aim", [number])
            other.type("shout", [number])
            unsent()
        dam.cut()
        wait_for(lambda: other.events("offline"), MARGIN, "Node has noticed it")
        for number in range(41, 80):  # never written
            other.type("aim", [number])
        assert unsent()[1] >= 38
        dam.release()
        dam.mend()
        pump_until(lambda: aims, room, within=MARGIN, what="the newest has come")
        wait_for(lambda: unsent() == [0, 78 + 40], MARGIN, "all is sent or dropped, and counted")
        assert (aims, shouts) == ([79], [])


def test_players_see_one_another_come_and_go_and_share_state(
    server: RunningServer,  # noqa: F811
    enter: Callable[..., Room],  # noqa: F811
    node: Callable[..., Node],
) -> None:
    room = enter("python")
    room.me["x"] = {"deep": [1.5, None]}
    room.state["level"] = 2
    pump_until(lambda: "level" in room.state, room)
    seen = notes(room, "join", "leave", "set")
    other = node(server.address(), "Zoë Ω")
    assert other.id == "Zoë_Ω"
    assert json.loads(other.state) == {"level": 2}
    wait_for(lambda: 'python {"x":{"deep":[1.5,null]}}' in other.events("join"))
    other.type("set", {"y": "é"})
    other.type("share", {"level": None, "map": {"a": 1}})
    pump_until(lambda: "map" in room.state, room)
    assert room.players["Zoë_Ω"]["y"] == "é"
    assert "level" not in room.state
    room.state["map"] = {"b": 2}
    wait_for(lambda: 'python {"map":{"b":2}}' in other.events("set"))
    other.digest()
    pump_until(lambda: ("leave", "Zoë_Ω") in seen, room)


def test_private_commands_reach_whom_they_are_for_across_languages(
    server: RunningServer,  # noqa: F811
    enter: Callable[..., Room],  # noqa: F811
    node: Callable[..., Node],
) -> None:
    room, stranger = enter("python"), enter("stranger")
    told, strangers = notes(room, "wave"), notes(stranger, "wave")
    other = node(server.address(), "node")
    other.type("to", "python", ["psst"])
    pump_until(lambda: told, room, stranger)
    room.send("wave", "psst yourself", to="node")
    room.send("wave", "all")
    wait_for(lambda: len(other.ran("python", "wave")) == 2)
    pump_until(lambda: strangers, room, stranger)
    assert told[0] == ("wave", "node", "psst")
    assert strangers == [("wave", "python", "all")]


def test_a_server_that_starts_anew_is_told_as_lost_and_the_room_goes_on(
    start_server: Callable[..., RunningServer],  # noqa: F811
    node: Callable[..., Node],
) -> None:
    first = start_server()
    other = node(first.address(), "node")
    other.type("do", "wave", [1])
    wait_for(lambda: other.ran("node", "wave"))
    first.stop()
    wait_for(lambda: other.events("offline"), MARGIN)
    second = start_server(port=first.port)
    with join(second.address(), name="python") as room:
        (why,) = wait_for(lambda: other.events("lost"), MARGIN)
        assert why.startswith("the server no longer knows this session")
        told = notes(room, "wave")
        other.type("do", "wave", [2])
        pump_until(lambda: ("wave", "node", 2) in told, room, within=MARGIN)


def test_a_program_that_starts_again_is_the_same_player(
    server: RunningServer,  # noqa: F811
    enter: Callable[..., Room],  # noqa: F811
    node: Callable[..., Node],
    tmp_path: Path,
) -> None:
    room = enter("python")
    seen = notes(room, "join", "leave", "away", "back", "wave")
    first = node(server.address(), "node", tmp_path / "kept")
    first.type("set", {"score": 7})
    first.type("do", "wave", [1])
    wait_for(lambda: first.ran("node", "wave"))
    first.program.kill()
    pump_until(lambda: ("away", "node") in seen, room)
    again = node(server.address(), "node", tmp_path / "kept")
    assert again.id == "node"
    assert wait_for(lambda: [line for line in again.events("join") if line.startswith("node ")]) == ['node {"score":7}']
    again.type("do", "wave", [2])
    pump_until(lambda: ("wave", "node", 2) in seen, room)
    assert [one for one in seen if one[0] != "join"] == [
        ("wave", "node", 1),
        ("away", "node"),
        ("back", "node"),
        ("wave", "node", 2),
    ]
    ran = wait_for(lambda: again.ran("node", "wave"))
    assert [args for _, args in ran] == [[2]], "what was before is not run again"


@pytest.mark.parametrize("same", [True, False])
def test_programs_in_both_languages_find_out_whether_they_have_come_apart(
    server: RunningServer,  # noqa: F811
    enter: Callable[..., Room],  # noqa: F811
    node: Callable[..., Node],
    same: bool,
) -> None:
    room = enter("python")
    room.state.update({"é": [1.0, 0.1, 1e21, -5], "b": "Zoë"})
    pump_until(lambda: "b" in room.state, room)
    other = node(server.address(), "node")
    other.type("check")
    other.type("do", "wave", [])
    ready = notes(room, "wave")
    pump_until(lambda: ready, room)
    hashed = []
    half = 0.5 if same else 0.25
    room.check(lambda: hashed.append(1) or {"state": dict(room.state), "x": 1, "half": half}, every=10)  # type: ignore[func-returns-value]
    found = notes(room, "desync")
    for number in range(100):
        room.send("wave", number)
    pump_until(lambda: len(hashed) >= 10 and not room.unacknowledged, room)
    wait_for(lambda: len(other.ran("python", "wave")) == 100)
    if same:
        room.send("wave", "the last")
        pump_until(lambda: not room.unacknowledged, room)
        assert found == []
        assert other.events("desync") == []
    else:
        pump_until(lambda: found, room)
        wait_for(lambda: other.events("desync"))


# ---------------------------------------------------------------------- calls with bytes


def test_three_megabytes_go_whole_in_both_directions_while_commands_go_on(
    server: RunningServer,  # noqa: F811
    enter: Callable[..., Room],  # noqa: F811
    node: Callable[..., Node],
) -> None:
    python, busy = Noted(enter("python")), Noted(enter("busy"))
    other = node(server.address(), "node")
    data = bytes(range(256)) * (PICTURE // 256)
    sent = {"python": data, "node": bytes((i * 31) % 251 for i in range(PICTURE))}
    rooms = python.room, busy.room
    begun: list[int] = []
    python.room.on("progress")(lambda player, progress: begun.append(python.room.seq))
    pump_until(lambda: "node" in python.room.players, *rooms)
    python.room.send("picture", "from python", data)
    other.type("picture", str(PICTURE))
    waves = 0

    def wave_on() -> bool:
        nonlocal waves
        if busy.room.unacknowledged < 3:
            waves += 1
            busy.room.send("wave", waves)
        return len(python.pictures) == len(busy.pictures) == 2

    pump_until(wave_on, *rooms, within=MARGIN, what="both pictures have come")
    wait_for(lambda: len(other.ran("python", "picture") + other.ran("node", "picture")) == 2, MARGIN)
    for _, by, name, picture in (*python.pictures, *busy.pictures):
        assert name == f"from {by}"
        assert picture == sent[by]
    pump_until(lambda: busy.room.unacknowledged == 0 and len(python.waves) == waves, *rooms, within=MARGIN)
    wait_for(lambda: len(other.ran("busy", "wave")) == waves, MARGIN)
    assert other.digest() == python.digest == busy.digest, "run everywhere at the same place of the order"
    done = min(seq for seq, *_ in python.pictures)
    assert [seq for seq, _ in python.waves if begun[0] < seq < done], "commands went on between the pieces"
    assert other.events("progress")


def test_a_newcomer_in_the_middle_of_a_picture_is_told_and_never_gets_half(
    server: RunningServer,  # noqa: F811
    enter: Callable[..., Room],  # noqa: F811
    node: Callable[..., Node],
) -> None:
    python = Noted(enter("python"))
    with Dam(server.port) as dam:
        sender = join(f"127.0.0.1:{dam.port}/dots", name="sender")
        progress = notes(python.room, "progress")
        dam.hold()  # the pieces are not acknowledged: only the first few are under way
        sender.send("picture", "late", bytes(PICTURE))
        pump_until(lambda: len(progress) == 3, python.room)
        other = node(server.address(), "node")
        dam.release()
        pump_until(lambda: python.pictures, python.room, sender, within=MARGIN)
        sender.send("picture", "next", b"whole")
        wait_for(lambda: other.ran("sender", "picture"), MARGIN)
        assert other.events("error") == [
            "incomplete from sender: a call with bytes is not run here: it began before we came"
        ]
        assert [args[0] for _, args in other.ran("sender", "picture")] == ["next"]
        sender.leave()
