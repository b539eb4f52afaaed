"""Clients that others wrote: what docs/protocol.md promises them."""

import time
from collections.abc import Callable

import pytest

import roomcast
from tests.integration.conftest import RunningServer
from tests.integration.foreign import CLOSE, Foreign, Raw
from tests.integration.rooms import pump_until

Start = Callable[..., RunningServer]
Visit = Callable[..., Foreign]


# ---------------------------------------------------------------- hello, and a first command


def test_hello_is_answered_with_all_that_one_needs(visit: Visit, server: RunningServer) -> None:
    client = visit()
    assert client.socket.subprotocol == "roomcast.1"
    before = time.time()
    welcome = client.hello("Ada Lovelace", v=[1, 2], unknown="ignored")
    further = {name: welcome["snapshot"][name] for name in ("at", "seed")}
    assert len(further["seed"]) == 32
    assert further["at"] <= welcome["time"]
    assert welcome == {
        "t": "welcome",
        "me": "Ada_Lovelace",
        "session": welcome["session"],
        "s": 1,
        "time": welcome["time"],
        "limits": {"message_size": 65536, "rate": 100_000.0, "burst": 100_000, "silent_for": 25.0},
        "snapshot": {"players": [{"id": "Ada_Lovelace", "name": "Ada Lovelace"}], **further},
        "code": server.directory.code("dots"),
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
    hidden = green.hear()
    assert hidden == {"t": "hidden", "s": 4, "at": hidden["at"]}


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
