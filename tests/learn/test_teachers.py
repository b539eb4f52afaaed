"""The teacher's page: what it says that pupils see is what they see."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import roomcast
from roomcast import CannotConnect
from tests import chromium
from tests.docs.conftest import site
from tests.integration.conftest import RunningServer
from tests.integration.foreign import Foreign
from tests.programs import TOP
from tests.waiting import wait_for

__all__ = ["site"]
PAGE = (TOP / "docs" / "learn" / "teachers.md").read_text(encoding="utf-8")
SEEN = [one for one in re.findall(r"`([^`]+)`", PAGE.split("## What pupils see when")[1]) if " " in one]


def on_the_page(sentence: str) -> bool:
    """Whether one of the sentences in the table is in this one; `…` is anything."""
    wanted = [".*".join(map(re.escape, one.split("…"))) for one in SEEN]
    return any(re.search(one, sentence) for one in wanted)


def test_no_server_and_a_full_room(start_server: Callable[..., RunningServer], unused_port: int) -> None:
    with pytest.raises(CannotConnect) as nobody:
        roomcast.join(f"127.0.0.1:{unused_port}/dots", timeout=2)
    assert on_the_page(str(nobody.value))
    server = start_server(room_players=1)
    with roomcast.join(server.address()), pytest.raises(CannotConnect) as full:
        roomcast.join(server.address())
    assert on_the_page(
        str(full.value).replace("is full: 1 where the limit is 1 ", "is full: 64 where the limit is 64 ")
    )
    assert roomcast.Limits().room_players == 64


def test_a_misspelt_room(server: RunningServer, caplog: pytest.LogCaptureFixture) -> None:
    with roomcast.join(server.address("dots")), roomcast.join(server.address("dotz")):
        wait_for(lambda: caplog.messages, what="a hint is given")
    assert on_the_page(caplog.messages[0])


def test_two_of_one_name_and_one_who_is_sent_out(start_server: Callable[..., RunningServer]) -> None:
    server = start_server(token="a-long-token")
    with roomcast.join(server.address(), name="Ada") as ada, roomcast.join(server.address(), name="Ada") as second:
        assert [ada.me.id, second.me.id] == ["Ada", "Ada2"]
        why: list[str] = []
        second.on("closed")(why.append)
        with Foreign(server) as teacher:
            teacher.say(t="watch", room="dots", token="a-long-token")
            teacher.say(t="kick", who="Ada2")
            wait_for(lambda: second.pump(wait=0.1) or why, what="the second one is told")
        assert on_the_page(why[0])
        wait_for(lambda: ada.pump(wait=0.1) or len(ada.players) == 1, what="the first one sees it leave")
    assert "`Ada`, `Ada2`" in PAGE


def test_it_prints_on_two_pages(site: Path) -> None:
    if reason := chromium.why_not():
        pytest.skip(reason)
    with chromium.started() as browser:
        page = browser.new_page()
        page.goto((site / "learn" / "teachers.html").as_uri())
        printed = page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2
