"""The cursor board: what one does on it, by mouse, finger, keys or a program, is at the same place on all screens."""

import json
from collections.abc import Callable
from typing import Any

import pytest

import roomcast
from tests.chromium import PATIENCE, PHONE, Window
from tests.integration.conftest import RunningServer
from tests.integration.dam import Dam
from tests.integration.rooms import pump_until
from tests.pages.conftest import Open
from tests.pages.test_accessibility import AXE, LOOKS, violations
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(15)
RECIPE = EXAMPLES / "cookbook" / "cursors"
Start = Callable[..., RunningServer]
Place = tuple[float, float]  # as shares of the board's width and height


def join_in(window: Window, name: str) -> None:
    window.page.fill("#door input", name)
    window.page.click("text=Join in")
    window.page.locator("#board").wait_for()


def places(window: Window, kind: str) -> dict[str, Place]:
    """Where the cursors or the notes are in the page, by what is written on them."""
    read = "(all) => all.map((it) => [it.innerText, ...['--x', '--y'].map((name) => it.style.getPropertyValue(name))])"
    found = window.page.locator(f"#board .{kind}:not(form)").evaluate_all(read)
    return {text.replace("✕", "").strip(): (float(x), float(y)) for text, x, y in found}


def is_at(window: Window, kind: str, name: str, place: Place) -> None:
    """Wait until that is there, or nearly: pixels are whole."""

    def near() -> bool:
        found = places(window, kind).get(name)
        return found is not None and all(abs(one - other) < 0.01 for one, other in zip(found, place, strict=True))

    try:
        wait_for(near, PATIENCE, f"the {kind} {name!r} is at {place}")
    except AssertionError as failure:
        failure.add_note(f"There are {places(window, kind)}")
        raise


def are(window: Window, kind: str, *names: str) -> None:
    wait_for(lambda: sorted(places(window, kind)) == sorted(names), PATIENCE, f"each {kind}: {names}")


def point(window: Window, place: Place) -> tuple[float, float]:
    """A place on the board, in pixels of the page."""
    box = window.page.locator("#board").bounding_box()
    assert box
    return box["x"] + place[0] * box["width"], box["y"] + place[1] * box["height"]


def write(window: Window, place: Place, text: str) -> None:
    """Click there, and write a note."""
    window.page.mouse.click(*point(window, place))
    window.page.keyboard.type(text)
    window.page.keyboard.press("Enter")
    is_at(window, "note", text, place)


def middle(window: Window, text: str) -> tuple[float, float]:
    """Of a note, in pixels of the page."""
    box = window.page.locator(".note", has_text=text).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_all_see_the_cursors_and_the_notes_of_all(start_server: Start, open_window: Open) -> None:
    server = start_server(site=RECIPE / "board")
    ada, grace = open_window("/", at=server), open_window("/", "", PHONE, at=server)
    join_in(ada, "<b>Ada</b>")
    join_in(grace, "Grace")
    ada.page.mouse.move(*point(ada, (0.25, 0.5)))
    for window in (ada, grace):
        is_at(window, "cursor", "<b>Ada</b>", (0.25, 0.5))  # on a screen of another shape, too; and a name is text

    # A note of hers, which she then carries to another place.
    write(ada, (0.3, 0.3), "<i>milk</i>")
    is_at(grace, "note", "<i>milk</i>", (0.3, 0.3))
    ada.page.mouse.move(*middle(ada, "milk"))
    ada.page.mouse.down()
    ada.page.mouse.move(*point(ada, (0.7, 0.6)), steps=5)
    ada.page.mouse.up()
    ada.page.mouse.move(*point(ada, (0.1, 0.9)), steps=2)  # without it
    for window in (ada, grace):
        is_at(window, "cursor", "<b>Ada</b>", (0.1, 0.9))
        is_at(window, "note", "<i>milk</i>", (0.7, 0.6))

    # By finger: she taps, writes, and drags with it.
    x, y = point(grace, (0.5, 0.2))
    grace.page.touchscreen.tap(x, y)
    grace.page.locator("#pen").wait_for()
    grace.page.keyboard.type("bread")
    grace.page.keyboard.press("Enter")
    is_at(ada, "note", "bread", (0.5, 0.2))
    devtools = grace.context.new_cdp_session(grace.page)
    for kind, places_touched in (
        ("touchStart", [middle(grace, "bread")]),
        ("touchMove", [point(grace, (0.4, 0.5))]),
        ("touchMove", [point(grace, (0.4, 0.8))]),
        ("touchEnd", []),
    ):
        fingers = [{"x": x, "y": y} for x, y in places_touched]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
    for window in (ada, grace):
        is_at(window, "note", "bread", (0.4, 0.8))
        is_at(window, "cursor", "Grace", (0.4, 0.8))

    # Who comes later, and who comes again, sees it as it is.
    late = open_window("/", at=server)
    join_in(late, "Alan")
    are(late, "cursor", "<b>Ada</b>", "Grace")  # he has not touched the board yet
    ada.page.reload()
    assert ada.page.input_value("#door input") == "<b>Ada</b>"
    ada.page.click("text=Join in")
    for window in (ada, late):
        is_at(window, "note", "<i>milk</i>", (0.7, 0.6))
        is_at(window, "note", "bread", (0.4, 0.8))
        is_at(window, "cursor", "<b>Ada</b>", (0.1, 0.9))
    late.page.get_by_role("button", name="Take down: bread").click()
    for window in (ada, grace, late):
        are(window, "note", "<i>milk</i>")
    grace.page.goto("about:blank")
    for window in (ada, late):
        wait_for(
            lambda page=window.page: page.locator(".cursor.away").all_inner_texts() == ["Grace"], what="hers is pale"
        )
    for window in (ada, late):
        window.page.goto("about:blank")


def test_keys_do_all_of_it(start_server: Start, open_window: Open) -> None:
    server = start_server(site=RECIPE / "board")
    ada = open_window("/", at=server)
    press = ada.page.keyboard.press
    for key in ["Tab", "A", "d", "a", "Enter"]:
        press(key)
    ada.page.locator("#board").wait_for()
    press("Tab")
    for key in ["ArrowRight"] * 5 + ["ArrowUp"] * 10:
        press(key)
    is_at(ada, "cursor", "Ada", (0.6, 0.3))
    press("Enter")
    ada.page.keyboard.type("milk")
    press("ArrowLeft")  # in what is written
    press("Enter")
    is_at(ada, "note", "milk", (0.6, 0.3))
    press("Enter")
    ada.page.keyboard.type("never mind")
    press("Escape")
    press("ArrowDown")
    is_at(ada, "cursor", "Ada", (0.6, 0.32))
    press("Tab")
    assert ada.page.evaluate("document.activeElement.textContent") == "milk"
    with roomcast.join(server.address("cursors"), name="Visitor") as visitor:
        ada.page.keyboard.down("ArrowDown")
        ada.page.keyboard.up("ArrowDown")
        is_at(ada, "note", "milk", (0.6, 0.32))
        is_at(ada, "cursor", "Ada", (0.6, 0.32))  # it has come to the note

        def note() -> Any:
            visitor.pump(wait=0.05)
            return next(value for key, value in visitor.state.items() if key.startswith("note "))

        wait_for(lambda: note() == {"text": "milk", "place": [0.6, 0.32]}, what="the room has it there")
    press("Tab")
    press("Shift+Tab")
    press("Delete")
    are(ada, "note")
    ada.page.goto("about:blank")


def test_what_strangers_put_on_the_board_does_no_harm(start_server: Start, open_window: Open) -> None:
    server = start_server(site=RECIPE / "board")
    ada = open_window("/", at=server)
    join_in(ada, "Ada")
    with roomcast.join(server.address("cursors"), name="note 1") as visitor:
        strange = {
            "note 1": {"text": "far", "place": [1e9, -1e9]},
            "note 2": {"text": "nowhere", "place": "here"},
            "note 3": {"text": ["no text"]},
            "note 4": 4,
            "something": {"text": "no note", "place": [0, 0]},
        }
        visitor.state.update(strange)
        visitor.me["at"] = [0.5, "left"]
        are(ada, "note", "far", "nowhere")
        is_at(ada, "note", "far", (1, 0))
        are(ada, "cursor", "note 1")
        visitor.me["at"] = [0.5, 0.25]
        is_at(ada, "cursor", "note 1", (0.5, 0.25))

        # What somebody takes down while she carries it stays down.
        x, y = middle(ada, "nowhere")
        ada.page.mouse.move(x, y)
        ada.page.mouse.down()
        ada.page.mouse.move(x + 50, y + 50)
        wait_for(
            lambda: visitor.pump(wait=0.1) >= 0 and isinstance(visitor.state["note 2"]["place"], list),
            what="what she has carried so far is told",
        )
        del visitor.state["note 2"]
        are(ada, "note", "far")
        ada.page.mouse.move(x + 100, y + 100)
        ada.page.mouse.up()
        write(ada, (0.2, 0.8), "bread")
        visitor.pump(wait=0.1)
        wait_for(lambda: visitor.pump(wait=0.1) >= 0 and len(visitor.state) == len(strange), what="one went, one came")
        assert "note 2" not in visitor.state
    are(ada, "cursor", "Ada")
    ada.page.goto("about:blank")


def test_what_is_taken_down_while_it_is_carried_does_not_come_back_without_its_text(
    start_server: Start, open_window: Open
) -> None:
    server = start_server(site=RECIPE / "board")
    with Dam(server.port) as dam, roomcast.join(server.address("cursors"), name="visitor") as visitor:
        visitor.state.update({"note 1": {"text": "milk", "place": [0.5, 0.5]}})
        ada = open_window("/", at=dam)
        sent: list[str] = []
        ada.page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(str(frame))))
        join_in(ada, "Ada")
        is_at(ada, "note", "milk", (0.5, 0.5))
        ada.page.mouse.move(*middle(ada, "milk"))
        ada.page.mouse.down()
        dam.hold(clients_too=True)
        ada.page.mouse.move(*point(ada, (0.7, 0.7)))
        wait_for(lambda: ada.page.evaluate("1") and any("note 1" in one for one in sent), what="she carries it")
        del visitor.state["note 1"]
        pump_until(lambda: not visitor.unacknowledged, visitor)
        dam.release()
        are(ada, "note")
        ada.page.mouse.up()
        write(ada, (0.2, 0.8), "bread")  # all that she had sent before has come by then
        pump_until(lambda: any("bread" in str(note) for note in visitor.state.values()), visitor)
        assert "note 1" not in visitor.state
        ada.page.goto("about:blank")


def test_two_who_carry_one_note_do_not_hinder_each_other(start_server: Start, open_window: Open) -> None:
    server = start_server(site=RECIPE / "board")
    with roomcast.join(server.address("cursors"), name="visitor") as visitor:
        visitor.state.update({"note 1": {"text": "milk", "place": [0.5, 0.5]}})
        ada = open_window("/", at=server)
        join_in(ada, "Ada")
        is_at(ada, "note", "milk", (0.5, 0.5))
        ada.page.mouse.move(*middle(ada, "milk"))
        ada.page.mouse.down()
        for step in range(20):
            visitor.state.merge({"note 1": {"place": [step / 100, 0.1]}})
            ada.page.mouse.move(*point(ada, (0.6 + step / 100, 0.7)))
            visitor.pump(wait=0.01)
        ada.page.mouse.up()
        is_at(ada, "note", "milk", (0.79, 0.7))
        pump_until(lambda: visitor.state["note 1"]["place"][1] > 0.6, visitor)
        assert visitor.state["note 1"]["text"] == "milk"
        ada.page.goto("about:blank")


def test_a_program_tidies_the_board(start_server: Start, open_window: Open) -> None:
    server = start_server(site=RECIPE / "board")
    ada = open_window("/", at=server)
    join_in(ada, "Ada")
    for text, place in (("milk", (0.8, 0.8)), ("Bread", (0.5, 0.4)), ("apples", (0.2, 0.7))):
        write(ada, place, text)
    with Program(RECIPE / "tidy.py", ROOMCAST_SERVER=f"127.0.0.1:{server.port}") as tidy:
        are(ada, "cursor", "Ada", "Tidy")
        tidy.line("3 notes are tidy.", within=30)
        assert tidy.wait() == 0
    for number, text in enumerate(("apples", "Bread", "milk")):
        is_at(ada, "note", text, (0.125 + 0.25 * number, 0.1))
    are(ada, "cursor", "Ada")

    with Program(RECIPE / "tidy.py", ROOMCAST_SERVER=f"127.0.0.1:{server.port}") as broken:
        are(ada, "cursor", "Ada", "Tidy")
        broken.kill()
        wait_for(
            lambda: ada.page.locator(".cursor.away").count() == 1, what="a cursor whose program is gone turns pale"
        )
    ada.page.goto("about:blank")


def test_what_is_taken_down_while_a_program_carries_it_stays_down(start_server: Start) -> None:
    server = start_server(site=RECIPE / "board")
    with Dam(server.port) as dam, roomcast.join(server.address("cursors"), name="visitor") as visitor:
        visitor.state["note 1"] = {"text": "milk", "place": [0.9, 0.9]}
        pump_until(lambda: not visitor.unacknowledged, visitor)
        with Program(RECIPE / "tidy.py", ROOMCAST_SERVER=f"127.0.0.1:{dam.port}") as tidy:
            pump_until(lambda: visitor.state["note 1"]["place"] != [0.9, 0.9], visitor, within=30)
            dam.hold()  # the program does not hear of what follows, and is heard
            del visitor.state["note 1"]
            pump_until(lambda: not visitor.unacknowledged, visitor)
            heard = visitor.seq
            pump_until(lambda: visitor.seq > heard + 3, visitor, what="it carries on")
            assert "note 1" not in visitor.state
            dam.release()
            tidy.line("1 notes are tidy.", within=30)
            assert tidy.wait() == 0
        assert "note 1" not in visitor.state


def test_a_new_server_has_an_empty_board(start_server: Start, open_window: Open) -> None:
    server = start_server(site=RECIPE / "board")
    ada = open_window("/", at=server)
    join_in(ada, "Ada")
    write(ada, (0.5, 0.5), "milk")
    server.stop()
    start_server(site=RECIPE / "board", port=server.port)
    are(ada, "note")
    write(ada, (0.2, 0.2), "bread")
    is_at(ada, "cursor", "Ada", (0.2, 0.2))
    ada.complaints.clear()  # of connections that could not be made
    ada.page.goto("about:blank")


@pytest.mark.parametrize(("look", "theme"), LOOKS)
def test_the_page_is_for_everyone(start_server: Start, open_window: Open, look: dict[str, Any], theme: str) -> None:
    if not AXE.exists():
        pytest.skip("not installed: axe-core; type: make test, on a computer with npm")
    server = start_server(site=RECIPE / "board")
    with roomcast.join(server.address("cursors")) as visitor:
        visitor.me["at"] = [0.5, 0.9]
        for number in range(12):  # colours of many names
            visitor.state[f"note {number}"] = {"text": f"word {number}", "place": [number / 11, 0.1 * (number % 7)]}
        window = open_window("/", "", look, at=server, color_scheme=theme, bypass_csp=True)
        assert violations(window) == []
        join_in(window, json.dumps("Ada"))
        are(window, "note", *[f"word {number}" for number in range(12)])
        assert violations(window) == []
        window.page.mouse.click(*point(window, (0.5, 0.75)))
        window.page.locator("#pen").wait_for()
        assert violations(window) == []
        fits = (
            "document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight"
        )
        assert window.page.evaluate(fits)
        window.page.goto("about:blank")
