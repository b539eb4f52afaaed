"""The page /watch/ROOM, in a real browser: what the token allows."""

from collections.abc import Callable

import pytest

from roomcast import Room, RoomClosed
from tests.integration.conftest import RunningServer
from tests.integration.rooms import notes, pump_until
from tests.pages.conftest import Open
from tests.pages.watching import TOKEN, see, watch
from tests.plain_player import PlainPlayer
from tests.waiting import wait_for


@pytest.fixture
def server(start_server: Callable[..., RunningServer]) -> RunningServer:
    return start_server(token=TOKEN)


def test_the_token_comes_behind_the_hash_and_is_taken_out_of_the_address(open_window: Open) -> None:
    window = watch(open_window, f"/watch/dots#token={TOKEN}")
    window.page.locator("#close-room").wait_for()
    assert window.page.url.endswith("/watch/dots")


def test_a_wrong_token_is_refused_and_the_right_one_taken(open_window: Open, enter: Callable[..., Room]) -> None:
    red = enter("red")
    window = watch(open_window)
    assert not window.page.locator("#admin").is_visible()
    window.page.fill("#token", "not this one")
    window.page.get_by_role("button", name="Use it").click()
    see(window, "#token-error", "That is not this server's token", red)
    window.wait_to_read("#status", "live")
    assert not window.page.locator("#admin").is_visible()
    window.page.fill("#token", TOKEN)
    window.page.keyboard.press("Enter")
    see(window, "#residents", "red", red)
    window.page.locator("#token-form").wait_for(state="hidden")


def test_a_player_is_sent_out_after_a_question(
    open_window: Open, enter: Callable[..., Room], joan: PlainPlayer
) -> None:
    red, blue = enter("red"), enter("blue")
    page = open_window("/dots", "Grace")
    page.wait_inside()
    seen = notes(red, "closed")
    admin = watch(open_window, f"/watch/dots#token={TOKEN}")
    see(admin, "#residents", "Grace", red, blue)
    for name, yes in (("red", False), ("red", True), (joan.id, True), ("Grace", True)):
        admin.page.get_by_role("button", name=f"Send out {name}").click()
        admin.page.get_by_role("button", name=f"Send {name} out" if yes else "Cancel").click()
        admin.page.mouse.move(0, 0)  # the list holds still while the mouse is over it
        if yes:
            see(admin, "#entries", "leaves: sent out by whoever runs the server", red, blue)
            pump_until(lambda name=name: blue.players.get(name) is None, red, blue)  # type: ignore[misc]
    why = "you were sent out of the room 'dots' by whoever runs the server"
    assert seen == [("closed", why)]
    with pytest.raises(RoomClosed, match="sent out"):
        red.send("move", 1, 1)
    page.wait_to_read("#notice", "You were sent out of the room")
    wait_for(lambda: "error server" in joan.hear(), what="the starter client is told")
    assert [player.id for player in blue.players] == ["blue"]


def test_a_room_is_closed_after_a_question(
    open_window: Open, enter: Callable[..., Room], server: RunningServer
) -> None:
    red = enter("red")
    seen = notes(red, "closed")
    admin = watch(open_window, f"/watch/dots#token={TOKEN}")
    see(admin, "#residents", "red", red)
    admin.page.get_by_role("button", name="Close the room").click()
    admin.page.locator("#confirm-yes").click()
    admin.page.mouse.move(0, 0)
    pump_until(lambda: seen, red)
    assert seen == [("closed", "the room 'dots' was closed by whoever runs the server")]
    see(admin, "#entries", "leaves: the room was closed")
    wait_for(lambda: server.ask(lambda: not server.directory.rooms), what="the room is gone")
    with enter("blue"):
        see(admin, "#residents", "blue")
