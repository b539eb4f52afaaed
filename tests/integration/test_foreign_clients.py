"""Clients that others wrote: what docs/protocol.md promises them, and what the server does about strange ones."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

import roomcast
from roomcast import Player
from roomcast.transports import websocket as websocket_module
from tests.integration.conftest import RunningServer
from tests.integration.foreign import BINARY, CLOSE, PING, PONG, TEXT, Foreign, Raw, frame
from tests.integration.rooms import notes, pump_until
from tests.waiting import wait_for

Start = Callable[..., RunningServer]


@pytest.fixture
def visit(server: RunningServer) -> Iterator[Callable[..., Foreign]]:
    """visit() → a connection, visit("red") → one that has said hello."""
    with ExitStack() as stack:

        def open_one(name: str = "", **options: Any) -> Foreign:
            client = stack.enter_context(Foreign(server, **options))
            if name:
                client.hello(name)
            return client

        yield open_one


Visit = Callable[..., Foreign]


# ---------------------------------------------------------------- hello, and a first command


def test_hello_is_answered_with_all_that_one_needs(visit: Visit, server: RunningServer) -> None:
    client = visit()
    assert client.socket.subprotocol == "roomcast.1"
    before = time.time()
    welcome = client.hello("Ada Lovelace", v=[1, 2], unknown="ignored")
    assert welcome == {
        "t": "welcome",
        "me": "Ada_Lovelace",
        "session": welcome["session"],
        "s": 1,
        "time": welcome["time"],
        "limits": {"message_size": 65536, "rate": 100_000.0, "burst": 100_000, "silent_for": 25.0},
        "snapshot": {"players": [{"id": "Ada_Lovelace", "name": "Ada Lovelace"}]},
        "code": server.hub.code("dots"),
    }
    assert abs(welcome["time"] / 1000 - before) < 60
    assert len(welcome["session"]) >= 20


def test_without_the_subprotocol_one_is_let_in_too(visit: Visit) -> None:
    client = visit(subprotocols=None)
    assert client.socket.subprotocol is None
    assert client.hello("red")["me"] == "red"


def test_a_command_comes_back_to_its_sender_with_its_number_and_goes_to_all(visit: Visit) -> None:
    red, blue = visit("red"), visit("blue")
    join = red.hear()
    assert join == {"t": "join", "s": 2, "by": "blue", "at": join["at"], "name": "blue"}
    red.say(t="do", n=1, c="move", a=[5, 0])
    mine, theirs = red.hear_next("do"), blue.hear_next("do")
    assert mine == theirs
    assert mine == {"t": "do", "s": 3, "by": "red", "at": mine["at"], "c": "move", "a": [5, 0], "n": 1}


def test_arguments_reach_the_others_letter_by_letter(visit: Visit) -> None:
    red, blue = visit("red"), visit("blue")
    written = '{"a" :1.50,  "b":[1e2, "\\u00e9",{"c":null}], "a":2}'
    red.socket.send('{"t":"do","n":1,"c":"draw","a":' + written + "}")
    while '"c":"draw"' not in (text := str(blue.socket.recv(timeout=10))):
        pass
    assert written in text


def test_a_frame_may_hold_several_messages_one_a_line(visit: Visit) -> None:
    red = visit()
    red.socket.send(
        '{"t":"hello","room":"dots","name":"red"}\n\n{"t":"do","n":1,"c":"a"}\n  \n{"t":"do","n":2,"c":"b"}\n'
    )
    assert [red.hear()["t"] for _ in range(3)] == ["welcome", "do", "do"]


def test_state_is_set_and_in_the_snapshot_of_who_comes_later(visit: Visit) -> None:
    red = visit("red")
    red.say(t="set", n=1, of="me", p={"x": 30, "hat": {"color": "red"}})
    red.say(t="set", n=2, of="room", p={"level": 2, "door": None})
    red.say(t="set", n=3, of="me", p={"hat": {"size": "L"}}, whole=True)
    entries = [red.hear_next("set") for _ in range(3)]
    assert [(entry["s"], entry["of"], entry["n"], entry["by"]) for entry in entries] == [
        (2, "me", 1, "red"),
        (3, "room", 2, "red"),
        (4, "me", 3, "red"),
    ]
    snapshot = visit().hello("blue")["snapshot"]
    assert snapshot["players"][0] == {"id": "red", "name": "red", "state": {"x": 30, "hat": {"size": "L"}}}
    assert snapshot["state"] == {"level": 2}


def test_a_private_command_is_hidden_from_the_others(visit: Visit) -> None:
    red, blue, green = visit("red"), visit("blue"), visit("green")
    red.say(t="do", n=1, c="whisper", a=["psst"], to=["blue"])
    assert blue.hear_next("do")["a"] == ["psst"]
    assert red.hear_next("do")["to"] == ["blue"]
    assert green.hear() == {"t": "hidden", "s": 4}


def test_the_log_has_no_holes_for_anyone(visit: Visit, server: RunningServer) -> None:
    red, blue = visit("red"), visit("blue")
    with roomcast.join(server.address(), name="green") as green:
        for number in range(30):
            red.say(t="do", n=2 * number + 1, c="all")
            red.say(t="do", n=2 * number + 2, c="some", to=["green"])
            green.send("each")
        pump_until(lambda: green.seq == 93, green)
    seqs = [blue.hear()["s"] for _ in range(92)]  # with green's leaving
    assert seqs == list(range(3, 95))


# ---------------------------------------------------------------- coming back


def test_who_comes_back_gets_exactly_what_it_missed(visit: Visit) -> None:
    red, blue = visit("red"), visit("blue")
    red.say(t="do", n=1, c="step", a=[1])
    last = red.hear_next("do")["s"]
    red.drop()
    assert blue.hear_next("away")["by"] == "red"
    blue.say(t="do", n=1, c="step", a=[2])
    blue.say(t="do", n=2, c="step", a=[3])
    for _ in range(2):
        blue.hear_next("do")

    again = visit()
    welcome = again.hello("red", resume={"session": red.session, "seen": last})
    assert welcome["me"] == "red"
    assert welcome["session"] == red.session
    assert welcome["resumed"] is True
    assert welcome["n"] == 1
    assert "snapshot" not in welcome
    missed = [again.hear() for _ in range(4)]
    assert [(entry["t"], entry["by"], entry["s"]) for entry in missed] == [
        ("away", "red", last + 1),
        ("do", "blue", last + 2),
        ("do", "blue", last + 3),
        ("back", "red", last + 4),
    ]
    assert welcome["s"] == last + 4


def test_what_is_sent_again_under_its_number_is_done_once(visit: Visit) -> None:
    red, blue = visit("red"), visit("blue")
    for number in (1, 2):
        red.say(t="do", n=number, c="step", a=[number])
    for _ in range(2):
        blue.hear_next("do")
    red.drop()
    again = visit()
    again.hello("red", resume={"session": red.session, "seen": 2})  # it heard nothing of them
    for number in (1, 2, 3):
        again.say(t="do", n=number, c="step", a=[number])
    assert [again.hear_next("do")["n"] for _ in range(3)] == [1, 2, 3]
    assert blue.hear_next("do")["n"] == 3


def test_a_second_connection_of_a_session_replaces_the_first(visit: Visit) -> None:
    red, blue = visit("red"), visit("blue")
    again = visit()
    again.hello("red", resume={"session": red.session, "seen": 1})
    heard, code = red.farewell()
    assert heard[-1] == {
        "t": "bye",
        "code": "replaced",
        "message": "this session has connected anew from elsewhere",
    }
    assert code == 1008
    again.say(t="do", n=1, c="step")
    assert blue.hear()["t"] == "do"  # no away, no leave: the player was here all the time


def test_who_missed_more_than_is_kept_skips(often: None, start_server: Start) -> None:
    server = start_server(kept_entries=10)
    with Foreign(server) as red, Foreign(server) as blue, Foreign(server) as again:
        red.hello("red")
        blue.hello("blue")
        red.drop()
        for number in range(1, 51):
            blue.say(t="do", n=number, c="step", a=[number])
        blue.say(t="set", n=51, of="room", p={"level": 3})
        blue.hear_next("set")
        welcome = again.hello("red", resume={"session": red.session, "seen": 2})
        assert welcome["resumed"] is True
        skipped = again.hear()
        assert skipped["t"] == "skipped"
        assert skipped["from"] == 3
        assert skipped["snapshot"]["state"] == {"level": 3}
        blue.say(t="do", n=52, c="step", a=[52])
        seqs = [again.hear()["s"] for _ in range(1)]
        while seqs[-1] < 56:
            seqs.append(again.hear()["s"])
        assert seqs == list(range(skipped["to"] + 1, 57))


@pytest.mark.parametrize("session", ["never given", ""])
def test_an_unknown_session_comes_in_as_somebody_new(visit: Visit, session: str) -> None:
    welcome = visit().hello("red", resume={"session": session, "seen": 7})
    assert "resumed" not in welcome
    assert welcome["snapshot"]["players"] == [{"id": "red", "name": "red"}]


def test_close_code_1000_leaves_and_any_other_end_is_a_lost_connection(visit: Visit) -> None:
    blue = visit("blue")
    visit("one").socket.close(1000)
    assert blue.hear_next("leave")["by"] == "one"
    visit("two").socket.close(1001)
    assert blue.hear_next("away")["by"] == "two"
    visit("three").drop()
    assert blue.hear_next("away")["by"] == "three"


def test_a_close_without_a_code_is_answered_with_one_that_may_be_sent(server: RunningServer) -> None:
    with Raw(server) as raw:
        raw.send(b"", CLOSE)
        assert raw.hear() == (CLOSE, b"\x03\xe8")  # 1000; 1005 means that there was none
        assert raw.hear() is None


# ---------------------------------------------------------------- errors after which it goes on


@pytest.mark.parametrize(
    ("message", "code", "n"),
    [
        ({"t": "dance"}, "unknown-type", None),
        ({"t": "do", "n": 1, "c": "two words"}, "bad-name", 1),
        ({"t": "do", "n": 1, "c": ""}, "bad-name", 1),
        ({"t": "do", "n": 1, "c": "x" * 65}, "bad-name", 1),
        ({"t": "do", "n": 1, "c": "step", "a": 7}, "bad-argument", 1),
        ({"t": "do", "n": 1, "c": "step", "to": ["nobody"]}, "bad-argument", 1),
        ({"t": "set", "n": 1, "of": "you", "p": {}}, "bad-argument", 1),
        ({"t": "set", "n": 1, "of": "me", "p": {"x": "x" * 65_000, "y": "y" * 300}}, "state-full", 1),
    ],
)
def test_what_is_refused_is_said_and_the_connection_goes_on(
    visit: Visit, message: dict[str, Any], code: str, n: int | None
) -> None:
    red = visit("red")
    if code == "state-full":
        red.say(t="set", n=1, of="me", p={"z": "z" * 1000})
        red.hear_next("set")
        message, n = {**message, "n": 2}, 2
    red.say(**message)
    error = red.hear()
    assert (error["t"], error["code"], error.get("n")) == ("error", code, n)
    assert len(error["message"]) > 10
    red.say(t="do", n=(n or 0) + 1, c="still_here")
    assert red.hear()["c"] == "still_here"


# ---------------------------------------------------------------- errors that end it


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("garbage", "bad-message"),
        ("", "bad-message"),
        ("[1, 2]", "bad-message"),
        ('{"n": 1}', "bad-message"),
        ('{"t": "do", "n": "one", "c": "step"}', "bad-message"),
        ('{"t": "do", "n": 1, "c": "step", "a": [1}', "bad-message"),
        ("[" * 10_000, "too-big"),
        ('{"t": "do", "n": 1, "c": "say", "a": ["\\ud800"]}', "bad-message"),  # half a letter
        ('{"t": "hello", "room": "dots"}', "bad-message"),  # a second time
        ('{"t": "do", "n": 2, "c": "step"}', "gap"),
        ('{"t": "do", "n": 0, "c": "step"}', "gap"),
        ('{"t": "do", "n": -1, "c": "step"}', "gap"),
        ("x" * 65_537, "too-big"),
    ],
)
def test_what_is_no_message_is_told_and_ends_that_connection_alone(visit: Visit, sent: str, code: str) -> None:
    red, blue = visit("red"), visit("blue")
    red.hear_next("join")
    red.socket.send(sent)
    heard, close_code = red.farewell()
    assert [(message["t"], message["code"]) for message in heard] == [("error", code), ("bye", code)]
    assert heard[0]["message"] == heard[1]["message"]
    assert "again" not in heard[1]
    assert close_code == 1008
    blue.say(t="do", n=1, c="step")
    blue.hear_next("do")


def test_a_frame_over_the_limit_names_limit_value_and_setting(visit: Visit) -> None:
    red = visit("red")
    red.socket.send("x" * 70_000)
    assert red.hear()["message"] == "a frame is too big: 70000 where the limit is 65536 bytes (setting: message-size)"


def test_a_frame_of_many_megabytes_is_not_even_read(server: RunningServer) -> None:
    with Raw(server) as raw:
        raw.socket.sendall(b"\x81\xff" + (2**40).to_bytes(8) + b"\0\0\0\0")
        heard = raw.hear()
        assert heard is not None
        opcode, payload = heard
        assert opcode == CLOSE
        assert int.from_bytes(payload[:2]) == 1009  # RFC 6455, section 7.4.1: too big


@pytest.mark.parametrize("sent", ['{"t":"do","n":1,"c":"step"}', "garbage"])
def test_who_does_not_say_hello_first_is_told(visit: Visit, sent: str) -> None:
    client = visit()
    client.socket.send(sent)
    heard, close_code = client.farewell()
    assert [message["t"] for message in heard] == ["error", "bye"]
    assert heard[0]["code"] == ("bad-message" if sent == "garbage" else "hello-first")
    assert close_code == 1008


def test_a_client_of_another_version_is_told_which_ones_there_are(visit: Visit) -> None:
    client = visit()
    client.say(t="hello", room="dots", v=[2, 3])
    heard, _ = client.farewell()
    assert heard[-1]["code"] == "version"
    assert "speaks version 1" in heard[-1]["message"]


@pytest.mark.parametrize("room", ["", "a/b", "x" * 65, "a\u0000b", "\u202e"])
def test_a_room_that_cannot_be_is_refused_by_the_server(visit: Visit, server: RunningServer, room: str) -> None:
    client = visit()
    client.say(t="hello", room=room)
    heard, _ = client.farewell()
    assert [message["code"] for message in heard] == ["bad-name", "bad-name"]
    assert server.ask(lambda: len(server.hub.rooms)) == 0


def test_binary_frames_are_refused(server: RunningServer) -> None:
    with Raw(server) as raw:
        raw.send(b'{"t":"hello","room":"dots"}', BINARY)
        (_, bye), (opcode, close) = raw.farewell()
        assert json.loads(bye)["message"] == "messages come in text frames, not in binary ones"
        assert (opcode, int.from_bytes(close[:2])) == (CLOSE, 1008)


def test_text_that_is_not_utf_8_is_refused(server: RunningServer) -> None:
    with Raw(server) as raw:
        raw.send(b'{"t":"hello","room":"dots"}\n{"t":"do","n":1,"c":"say","a":["\xff"]}')
        welcome, error, bye, _ = (payload for _, payload in raw.farewell())
        assert b"welcome" in welcome
        assert json.loads(error)["code"] == json.loads(bye)["code"] == "bad-message"
        assert "UTF-8" in json.loads(error)["message"]


def test_the_last_words_arrive_though_more_was_on_its_way(server: RunningServer) -> None:
    with Raw(server) as raw:
        raw.send(b"garbage")
        for _ in range(100):  # 6 MB, which the server will not take in
            raw.send(b"x" * 60_000)
        codes = [json.loads(payload)["code"] for opcode, payload in raw.farewell() if opcode == TEXT]
        assert codes == ["bad-message", "bad-message"]


def test_a_connection_that_does_not_answer_the_close_is_ended_all_the_same(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket_module, "GOODBYE_WITHIN", 0.1)
    with Raw(server) as raw:
        raw.send(b"garbage")
        frames = []
        try:
            while (heard := raw.hear()) is not None:
                frames.append(heard[0])
        except ConnectionResetError:
            pass
        assert frames == [TEXT, TEXT, CLOSE]


# ---------------------------------------------------------------- frames, pings, silence


def test_a_message_in_fragments_is_put_together(visit: Visit) -> None:
    red = visit("red")
    red.socket.send(['{"t":"do","n":1,', '"c":"say","a":["é', "🐢", '"]}'])
    assert red.hear()["a"] == ["é🐢"]
    red.say(t="do", n=2, c="whole")
    assert red.hear()["c"] == "whole"


def test_letters_may_be_cut_by_fragments_and_pings_may_come_between(server: RunningServer) -> None:
    message = '{"t":"hello","room":"dots","name":"é🐢"}'.encode()
    with Raw(server) as raw:
        for count, byte in enumerate(message):
            raw.send(bytes([byte]), TEXT if count == 0 else 0, final=count == len(message) - 1)
            if count == 10:
                raw.send(b"still there?", PING)
        assert raw.hear() == (PONG, b"still there?")
        opcode, welcome = raw.hear() or (0, b"")
        assert opcode == TEXT
        assert json.loads(welcome)["me"] == "é🐢"


@pytest.mark.parametrize(
    ("frames", "why"),
    [
        ([(b"x", 0, True)], "a fragment out of order"),
        ([(b"x", TEXT, False), (b"{}", TEXT, True)], "a fragment out of order"),
        (
            [(b"x" * 40_000, TEXT, False), (b"x" * 40_000, 0, True)],
            "80000 where the limit is 65536 bytes (setting: message-size)",
        ),
    ],
)
def test_fragments_that_make_no_message_end_the_connection(
    server: RunningServer, frames: list[tuple[bytes, int, bool]], why: str
) -> None:
    with Raw(server) as raw:
        for payload, opcode, final in frames:
            raw.send(payload, opcode, final=final)
        (_, bye), _ = raw.farewell()
        assert json.loads(bye)["t"] == "bye"
        assert why in json.loads(bye)["message"]


def test_endless_empty_fragments_cost_the_server_nothing(server: RunningServer) -> None:
    many = 100_000
    with Raw(server) as raw, Foreign(server) as other:
        raw.send(b"", TEXT, final=False)
        raw.socket.sendall(frame(b"", 0, final=False) * many)
        started = time.monotonic()
        raw.send(b"", PING)
        assert raw.hear() == (PONG, b"")
        assert time.monotonic() - started < 5  # if each looked at all before it, it would be minutes
        other.hello("red")


def test_pings_are_answered(visit: Visit) -> None:
    red = visit("red")
    assert red.socket.ping().wait(10)


def test_who_is_silent_is_pinged_and_stays_if_it_answers(often: None, start_server: Start) -> None:
    server = start_server(ping_every=0.1, silent_for=3)
    with Foreign(server) as red, Raw(server) as raw:
        red.hello("red")
        raw.send(b'{"t":"hello","room":"dots","name":"raw"}')
        raw.hear()
        pings = 0
        while pings < 5:
            opcode, payload = raw.hear() or (0, b"")
            assert opcode == PING
            pings += 1
            raw.send(payload, PONG)
        red.say(t="do", n=1, c="still_here")  # it has answered by itself
        assert red.hear_next("do")["c"] == "still_here"


def test_who_does_not_answer_pings_is_dropped(often: None, start_server: Start) -> None:
    server = start_server(ping_every=0.1, silent_for=0.3)
    with roomcast.join(server.address(), name="red") as red, Raw(server) as raw:
        seen = notes(red, "away")
        raw.send(b'{"t":"hello","room":"dots","name":"raw"}')
        pump_until(lambda: seen, red)
        assert seen == [("away", "raw")]


def test_who_says_no_hello_in_time_is_sent_away_and_may_try_again(often: None, start_server: Start) -> None:
    server = start_server(hello_within=0.2)
    with Foreign(server) as client:
        heard, code = client.farewell()
    (bye,) = heard
    assert (bye["t"], bye["code"], bye["again"], code) == ("bye", "hello-late", 0.5, 1001)
    assert "setting: hello-within" in bye["message"]


def test_a_connection_that_asks_for_nothing_is_ended(start_server: Start) -> None:
    server = start_server(hello_within=0.2)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        assert connection.recv(1) == b""


def test_a_server_that_closes_says_when_to_come_back(server: RunningServer, visit: Visit) -> None:
    red = visit("red")
    server.stop()
    heard, code = red.farewell()
    assert heard[-1]["code"] == "closing"
    assert heard[-1]["again"] > 0
    assert code == 1001


# ---------------------------------------------------------------- where pages come from


def test_a_page_of_another_site_may_not_connect(server: RunningServer) -> None:
    for origin in ("https://example.org", "null", f"http://127.0.0.1:{server.port + 1}"):
        with Raw(server, f"Origin: {origin}\r\n") as raw:
            assert raw.status == "403 Forbidden"
    assert server.ask(lambda: len(server.hub.peers)) == 0


def test_a_page_of_this_server_may(server: RunningServer) -> None:
    with Raw(server, f"Origin: http://127.0.0.1:{server.port}\r\n") as raw:
        assert raw.status.startswith("101")
        raw.send(b'{"t":"hello","room":"dots"}')
        assert raw.hear() is not None


# ---------------------------------------------------------------- strangers and Python players in one room


@pytest.mark.parametrize(
    "arguments",
    [
        "[1e999]",
        "[123456789012345678901234567890]",
        "[" * 200 + "]" * 200,
        '{"player": 1}',
        '{"": 1, "dx": 1}',
        '{"dx": 1, "dx": 2}',
        "[1, 2, 3, 4, 5, 6, 7]",
        '["\\u0000"]',
        "[null]",
        "[true]",
        "[-0.0]",
    ],
)
def test_whatever_a_stranger_sends_a_game_goes_on(visit: Visit, server: RunningServer, arguments: str) -> None:
    with roomcast.join(server.address(), name="red") as red:
        ran: list[Any] = []

        @red.everywhere
        def move(player: Player, dx: int) -> None:
            ran.append(dx)

        @red.on("move")
        def anything(*args: Any) -> None:
            ran.append(args)

        @red.on("move")
        def by_name(**kwargs: Any) -> None:
            ran.append(kwargs)

        red.on("error")(lambda error: None)
        over = notes(red, "over")
        stranger = visit("stranger")
        stranger.socket.send('{"t":"do","n":1,"c":"move","a":' + arguments + "}")
        stranger.say(t="do", n=2, c="over")
        pump_until(lambda: over, red)
        assert all(type(what) in (int, tuple, dict) for what in ran)


def test_a_stranger_cannot_act_as_somebody_else(visit: Visit, server: RunningServer) -> None:
    with roomcast.join(server.address(), name="red") as red:
        heard = notes(red, "step")
        stranger = visit("stranger")
        stranger.say(t="do", n=1, c="step", by="red", s=1, at=0)
        pump_until(lambda: heard, red)
        assert heard == [("step", "stranger")]


def test_many_bad_ones_harm_nobody(visit: Visit, server: RunningServer) -> None:
    with roomcast.join(server.address(), name="red") as red:
        heard = notes(red, "step")
        for count in range(50):
            with Raw(server) as raw:
                raw.socket.sendall(bytes((count * 7 + i * 13) % 256 for i in range(500)))
        red.send("step")
        pump_until(lambda: heard, red)
        wait_for(lambda: server.ask(lambda: len(server.hub.peers)) == 1, what="they are gone")
