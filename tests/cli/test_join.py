"""`roomcast join`, in a pipe and in a real terminal."""

import json
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import roomcast
from roomcast import Room
from tests.cli.roomcast_program import ANYWHERE, ROOMCAST, Roomcast, said
from tests.cli.terminal import Terminal
from tests.integration.conftest import RunningServer, enter, server, start_server  # noqa: F401  # fixtures
from tests.integration.gate import Gate
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(10)

Entering = Callable[..., Room]


def run(room: str, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """`roomcast join ROOM …`, with this for its input, to its end."""
    return subprocess.run([ROOMCAST, "join", room, *words], input=typed, capture_output=True, text=True, timeout=100)


# ---------------------------------------------------------------------- in a pipe


def test_what_is_piped_in_is_said_and_has_come_back_when_it_ends(server: RunningServer, enter: Entering) -> None:  # noqa: F811
    red = enter("red")
    heard: list[object] = []
    red.on("say")(lambda player, words: heard.append((player.name, words)))
    red.on("move")(lambda player, x, y: heard.append((x, y)))
    red.on("leave")(lambda player: heard.append("left"))
    ended = run(server.address(), "--name", "Ada", typed="hello all\n/move 5 0\n\nlast, without a line end")
    assert ended.returncode == 0, ended.stderr
    wait_for(lambda: red.pump() is not None and "left" in heard)
    assert heard == [("Ada", "hello all"), (5, 0), ("Ada", "last, without a line end"), "left"]
    lines = ended.stdout.splitlines()
    assert re.fullmatch(r"You are Ada in the room dots on 127\.0\.0\.1:\d+; its code is [A-Z]{4}\.", lines[0])
    assert lines[1:] == ["Here: red", "Ada: hello all", "Ada move(5, 0)", "Ada: last, without a line end"]


def test_more_than_may_wait_is_piped_in_whole(start_server: Callable[..., RunningServer]) -> None:  # noqa: F811
    server = start_server()  # noqa: F811
    count = 12_000
    ended = run(server.address(), typed="".join(f"/count {number}\n" for number in range(count)))
    assert ended.returncode == 0, ended.stderr
    assert [line for line in ended.stdout.splitlines() if "count" in line] == [
        f"player count({number})" for number in range(count)
    ]


def test_json_is_one_object_a_line_with_all_that_happens(server: RunningServer, enter: Entering) -> None:  # noqa: F811
    red = enter("red")
    with Roomcast("join", server.address(), "--json", "--stay") as watcher:
        welcome = json.loads("{" + watcher.line("{"))
        assert welcome.items() >= {"kind": "welcome", "room": "dots", "code": red.code, "me": "player"}.items()
        assert [player["id"] for player in welcome["players"]] == ["red", "player"]
        red.send("say", "hi", 5)
        red.send("paint", color="blue")
        red.send("psst", "you", to="player")
        red.me["hat"] = {"size": 3}
        red.state["level"] = 2
        red.send("show", b"\x00\xff")
        red.leave()
        wait_for(lambda: '"leave"' in watcher.lines[-1])

        def short(line: str) -> dict[str, Any]:
            return {key: value for key, value in json.loads(line).items() if key not in ("at", "seq", "player")}

        assert [short(line) for line in watcher.lines[1:]] == [
            {"kind": "do", "command": "say", "args": ["hi", 5], "kwargs": {}},
            {"kind": "do", "command": "paint", "args": [], "kwargs": {"color": "blue"}},
            {"kind": "do", "command": "psst", "args": ["you"], "kwargs": {}, "to": ["player"]},
            {"kind": "set", "of": "me", "patch": {"hat": {"size": 3}}},
            {"kind": "set", "of": "room", "patch": {"level": 2}},
            {"kind": "do", "command": "show", "args": [{"base64": "AP8="}], "kwargs": {}},
            {"kind": "leave"},
        ]
        server.stop()
        assert "has ended" in watcher.line('{"kind": "offline"')


def test_in_a_room_with_rules_plain_words_are_no_command_and_that_is_explained(tmp_path: Path) -> None:
    rules = tmp_path / "chess.py"
    rules.write_text("from roomcast.server import Room\nclass Chess(Room): ...\n")
    with Roomcast("serve", *ANYWHERE, str(rules)) as chess:
        ended = run(f"127.0.0.1:{chess.port}/chess", typed="open\n")
    why = "! this room has no command 'say', so nobody can talk here. Its own commands begin with /, as /move 5 0"
    assert why in ended.stdout


CHESS = """
from roomcast.server import Room
class Chess(Room):
    def on_join(self, player):
        player["seat"] = "white"
    def on_move(self, player, square: str):
        self.state["last"] = square
        self.state["check"] = True
        self.emit("moved", square, by=player)
        self.emit("over", winner="white")
    def on_out(self, player):
        self.kick(player, "that was all")
"""


def test_what_the_rules_of_a_room_do_is_shown(tmp_path: Path) -> None:
    rules = tmp_path / "chess.py"
    rules.write_text(CHESS)
    with Roomcast("serve", *ANYWHERE, str(rules)) as chess:
        address = f"127.0.0.1:{chess.port}/chess"
        with Roomcast("join", address, "--stay") as people, Roomcast("join", address, "--json", "--stay") as programs:
            people.line("You are")
            programs.line("{")
            with roomcast.join(address, name="Ada") as ada:
                ada.ask("move", "e4").result(20)
                ada.send("out")
                people.line("- Ada has left")
                programs.line('{"kind": "turn", "seq": 4')
    begin = people.lines.index("+ Ada is here")
    lines = people.lines[begin : begin + 7]
    assert lines == [
        "+ Ada is here", "Ada: seat = \"white\"",
        'the room: last = "e4"', "the room: check = true", 'Ada moved("e4")', 'the room over(winner="white")',
        "- Ada has left",
    ]  # fmt: skip
    (turn,) = [json.loads(line) for line in programs.lines if '"moved"' in line]
    assert turn["effects"] == [
        {"kind": "set", "player": "", "of": "room", "patch": {"last": "e4", "check": True}},
        {"kind": "do", "player": "Ada", "command": "moved", "args": ["e4"], "kwargs": {}},
        {"kind": "do", "player": "", "command": "over", "args": [], "kwargs": {"winner": "white"}},
    ]


def test_mistakes_are_said_and_do_not_end_it(server: RunningServer) -> None:  # noqa: F811
    ended = run(server.address(), typed="/to Bob hello\n/set x\n/paint 1 a=2\n/join\n/who\nfine\n")
    assert ended.returncode == 0
    lines = ended.stdout.splitlines()
    assert "! there is no player 'Bob' here, only player (help: roomcast help usage)" in lines
    assert any(line.startswith("! give a key and a value") for line in lines)
    assert any(line.startswith("! paint: give arguments all by position or all by name") for line in lines)
    assert any(line.startswith("! 'join' is the name of an event") for line in lines)
    assert "  player (you)" in lines
    assert lines[-1] == "player: fine"


def test_what_strangers_send_cannot_command_the_terminal(server: RunningServer, enter: Entering) -> None:  # noqa: F811
    red = enter("red")
    with Roomcast("join", server.address(), "--stay") as watcher:
        watcher.line("You are")
        red.send("say", "\x1b[2Jgone\nred: faked", "\x9b2J")
        red.send("paint\u0301", "\x1b]0;title\x07")
        red.me["\x1b[31mkey"] = "\u202eback"
        red.send("say", "end")
        watcher.line("red: end")
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", "".join(watcher.lines))
        assert not watcher.all_lines("red: faked")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_the_room_for_good(server: RunningServer, enter: Entering, number: signal.Signals) -> None:  # noqa: F811
    red = enter("red")
    happened: list[str] = []
    red.on("leave")(lambda player: happened.append("leave"))
    red.on("away")(lambda player: happened.append("away"))
    with Roomcast("join", server.address(), "--stay") as watcher:
        watcher.line("You are")
        watcher.signal(number)
        assert watcher.wait() == 128 + number
        wait_for(lambda: red.pump() is not None and happened)
    assert happened == ["leave"]
    assert not watcher.all_lines("Traceback")


def test_nobody_who_reads_its_output_ends_it(server: RunningServer, enter: Entering) -> None:  # noqa: F811
    red = enter("red")
    with subprocess.Popen(
        [ROOMCAST, "join", server.address(), "--stay"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    ) as watcher:  # fmt: skip
        assert watcher.stdout
        assert watcher.stderr
        assert watcher.stdout.readline().startswith("You are")
        watcher.stdout.close()

        def ended() -> bool:
            red.send("say", "is anybody there?")
            red.pump(wait=0.05)
            return watcher.poll() is not None

        wait_for(ended)
        assert watcher.returncode == 1
        assert watcher.stderr.read() == ""


def test_a_code_with_a_wrong_letter_is_explained(server: RunningServer) -> None:  # noqa: F811
    place = server.address("").rstrip("/")
    assert "no room has the code 'KXRN' here: one of its letters is wrong" in run(f"{place}/KXRN").stderr
    assert "If kuxm was meant as a room's code, one of its letters is wrong." in run(f"{place}/kuxm").stdout
    assert "No room has the code KXRH here." in run(f"{place}/KXRH").stdout


def test_who_cannot_get_in_is_told_why() -> None:
    code, words = said("join", "127.0.0.1:1/dots")
    assert code == 1
    assert words.startswith("roomcast: no server answers at 127.0.0.1:1")
    code, words = said("join")
    assert code == 2
    assert "WHERE" in words


# ---------------------------------------------------------------------- in a terminal


@pytest.fixture
def ada(server: RunningServer) -> Iterator[Terminal]:  # noqa: F811
    with Terminal("-m", "roomcast", "join", server.address(), "--name", "Ada") as terminal:
        terminal.read(r"You are Ada in the room dots")
        terminal.read(r"Ada ›")
        yield terminal


def test_lines_that_arrive_do_not_break_the_line_that_is_typed(ada: Terminal, enter: Entering) -> None:  # noqa: F811
    red = enter("red")
    heard: list[str] = []
    red.on("say")(lambda player, words: heard.append(words))
    ada.read(r"\+ red is here")
    ada.type("half a l")
    ada.read("half a l")
    red.send("say", "in between")
    ada.read(r"\d\d:\d\d red: in between")
    ada.type("ine\r")
    ada.read(r"\d\d:\d\d Ada: half a line")
    wait_for(lambda: red.pump() is not None and "half a line" in heard)


def test_tab_completes_commands_that_were_seen_and_players(ada: Terminal, enter: Entering) -> None:  # noqa: F811
    red = enter("red")
    done: list[tuple[object, ...]] = []
    red.on("wave")(lambda player, *how: done.append((player.id, *how)))
    red.send("wave", "both hands")
    ada.read(r"red wave\(\"both hands\"\)")
    ada.type("/wa")
    ada.read(r"/wave +\(\"both hands\"\)")  # the menu, with what it was last called with
    ada.type("\t3\r")
    wait_for(lambda: red.pump() is not None and ("Ada", 3) in done)
    ada.type("/to r")
    ada.read(r"red +player")
    ada.type("\t/wa")
    ada.read(r"/wave +\(3\)")
    ada.type("\tonly you\r")
    ada.read(r"Ada \(only to red\) wave\(\"only\", \"you\"\)")


def test_the_arrow_up_brings_back_what_was_typed(ada: Terminal) -> None:
    ada.type("hello\r")
    ada.read("Ada: hello")
    ada.type("\x1b[A again\r")
    ada.read("Ada: hello again")


def test_ctrl_c_empties_the_line_and_then_leaves(ada: Terminal, enter: Entering) -> None:  # noqa: F811
    red = enter("red")
    left: list[str] = []
    red.on("leave")(lambda player: left.append(player.id))
    ada.type("not this")
    ada.read("not this")
    ada.type("\x03")
    ada.type("but this\r")
    ada.read("Ada: but this")
    ada.type("\x03")
    assert ada.end() == 0
    wait_for(lambda: red.pump() is not None and left == ["Ada"])
    assert ada.mode == ada.mode_before


def test_a_lost_connection_is_shown_and_so_is_its_return(server: RunningServer, enter: Entering) -> None:  # noqa: F811
    red = enter("red")
    with Gate(server.port) as gate:
        where = f"127.0.0.1:{gate.port}/dots"
        with Terminal("-m", "roomcast", "join", where, "--name", "Ada") as ada:
            ada.read("You are Ada")
            gate.close()
            ada.read(r"✗ offline: .*; trying again …")
            ada.read(r"offline, trying again")
            ada.type("when I am back\r")
            ada.read(r"1 of yours will be sent then")
            red.send("say", "you missed this")
            gate.open()
            ada.read(r"✓ back; \d+ entries to catch up with")
            ada.read("red: you missed this")
            ada.read("Ada: when I am back")


def test_without_colours_there_are_none(server: RunningServer) -> None:  # noqa: F811
    for words, more in ((["--no-color"], {}), ([], {"NO_COLOR": "1"})):
        with Terminal("-m", "roomcast", "join", server.address(), *words, **more) as terminal:
            terminal.read("You are player")
            terminal.type("hello\r")
            terminal.read(r"player\d?: hello")
            assert not re.search(r"\x1b\[[0-9;]*(3[0-8]|4[0-8]|9[0-7])[;m]", terminal.output)


def test_who_is_sent_away_is_told_why(server: RunningServer, ada: Terminal) -> None:  # noqa: F811
    def throw_out() -> None:
        (peer,) = server.directory.peers
        peer.disconnect("replaced", "somebody came in your place")

    server.ask(throw_out)
    ada.read("roomcast: somebody came in your place")
    assert ada.end() == 1
