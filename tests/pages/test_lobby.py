"""The lobby, in a browser."""

from collections.abc import Callable

import pytest

import roomcast
from roomcast import Room
from roomcast.server import room_list
from tests.chromium import ELSEWHERE, PATIENCE
from tests.integration.conftest import RunningServer
from tests.pages.conftest import Open
from tests.waiting import wait_for

HOSTILE = "<img src=x onerror=alert(1)>"


def test_it_shows_live_who_is_in_which_room(open_window: Open, enter: Callable[..., Room]) -> None:
    lobby = open_window("/", leaps=True)
    lobby.wait_to_read("#rooms", "Nobody is here yet")
    red = enter("red", room="dots")
    lobby.wait_to_read("#rooms", "red", leap=2)
    enter("blue", room="art")
    lobby.wait_to_read("#state", "2 rooms, 2 people", leap=2)
    red.leave()
    lobby.wait_to_read("#state", "1 room, 1 person", leap=2)
    assert "red" not in lobby.text("#rooms")


def test_those_who_gave_no_name_are_told_apart(open_window: Open, enter: Callable[..., Room]) -> None:
    rooms = [enter(name, room="dots") for name in ("Ada Lovelace", "", "")]
    lobby = open_window("/")
    lobby.wait_to_read("#rooms", "player2")
    people = lobby.page.locator("#rooms .person").all_inner_texts()
    assert people == ["Ada Lovelace", "player", "player2"]
    assert [room.me.id for room in rooms] == ["Ada_Lovelace", "player", "player2"]


def test_names_stay_text(open_window: Open, enter: Callable[..., Room]) -> None:
    enter(HOSTILE, room='"><script>alert(1)<&script>')
    lobby = open_window("/")
    lobby.wait_to_read("#rooms", HOSTILE)
    assert '"><script>alert(1)<&script>' in lobby.text("#rooms")
    assert lobby.page.locator("#rooms img, #rooms script").count() == 0
    lobby.page.get_by_role("link", name="Dots in the room").click()
    lobby.page.locator("#name").fill(HOSTILE)
    lobby.page.get_by_role("button", name="Come in").click()
    lobby.wait_inside()
    lobby.wait_to_read("#people", f"{HOSTILE} (you)")
    assert '"><script>alert(1)<&script>' in lobby.text("h1")


def test_one_types_a_name_and_a_room_and_is_in(open_window: Open, server: RunningServer) -> None:
    lobby = open_window("/")
    lobby.page.get_by_label("Your name").fill("Ada")
    lobby.page.get_by_label("Room", exact=True).fill("grün & 1/2")
    lobby.page.get_by_role("button", name="Play dots").click()
    lobby.wait_to_read("#join-error", "holds no “/”")
    lobby.page.get_by_label("Room", exact=True).fill("grün & 1:2?")
    lobby.page.get_by_role("button", name="Draw together").click()
    lobby.wait_inside()
    assert "Board in grün & 1:2?" in lobby.text("h1")
    assert server.ask(lambda: [list(room.state.players) for room in server.directory.rooms.values()]) == [["Ada"]]
    lobby.page.get_by_role("link", name="Roomcast").click()
    name = lobby.page.get_by_label("Your name")
    wait_for(lambda: name.input_value() == "Ada", PATIENCE, "the name is remembered")


def test_it_says_when_the_server_is_gone(open_window: Open, server: RunningServer) -> None:
    lobby = open_window("/")
    lobby.wait_to_read("#state", "0 rooms, 0 people")
    server.stop()
    lobby.wait_to_read("#state", "the server does not answer")
    lobby.complaints.clear()  # of requests that failed


def test_it_says_how_to_join_from_python(open_window: Open, server: RunningServer) -> None:
    lobby = open_window("/")
    lobby.wait_to_read("#python", f'roomcast.join("127.0.0.1:{server.port}/dots"')
    assert lobby.text("#address") == f"127.0.0.1:{server.port}"
    assert "only be reached from this computer" in lobby.text("#bring")


def test_on_another_device_it_shows_the_address_that_was_typed_there(open_window: Open, server: RunningServer) -> None:
    lobby = open_window("/", host=ELSEWHERE)
    lobby.wait_to_read("#python", f'roomcast.join("{ELSEWHERE}:{server.port}/dots"')
    lobby.wait_to_read("#bring", "point a phone’s camera here")
    assert lobby.text("#address") == f"{ELSEWHERE}:{server.port}"
    assert lobby.page.locator("#qr").evaluate("(it) => it.complete && it.naturalWidth > 0")


def test_a_room_is_found_by_its_code(open_window: Open, server: RunningServer, enter: Callable[..., Room]) -> None:
    enter("red", room="Monday’s class")
    code = server.ask(lambda: server.directory.code("Monday’s class"))
    lobby = open_window("/", "Ada")
    lobby.wait_to_read("#rooms", f"code {code}")
    lobby.page.get_by_label("Room", exact=True).fill(f"{code[:2]} {code[2:]}".lower())
    lobby.page.get_by_role("button", name="Play dots").click()
    lobby.wait_inside()
    lobby.wait_to_read("h1", "Dots in Monday’s class")
    lobby.page.get_by_role("button", name="Invite").click()
    lobby.wait_to_read("#code", code)
    typed = open_window(f"/board/{code.lower()}", "Grace")  # in the address bar
    typed.wait_inside()
    typed.wait_to_read("h1", "Board in Monday’s class")
    typed.wait_to_read("#people", "red")


def test_where_there_are_many_rooms_the_busiest_are_shown_and_all_are_counted(
    open_window: Open, enter: Callable[..., Room], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_list, "MAX_ROOMS", 1)
    for name, room in (("red", "dots"), ("blue", "dots"), ("green", "chess")):
        enter(name, room)
    lobby = open_window("/")
    lobby.wait_to_read("#state", "2 rooms, of which the 1 busiest are shown, 2 people")
    assert "chess" not in lobby.text("#rooms")


def test_it_says_of_rooms_of_a_kind_how_many_seats_are_free(open_window: Open, server: RunningServer) -> None:
    where = server.address("chess")
    with roomcast.join_or_create(where, "red"), roomcast.create(where, "blue", private=True):
        lobby = open_window("/")
        lobby.wait_to_read("#rooms", "red")
        lobby.wait_to_read("#rooms", "seats free")
        assert "chess: " in lobby.text("#rooms")
        assert "blue" not in lobby.text("#rooms"), "a private room is in no list"
        assert "1 room, 1 person" in lobby.text("#state")
