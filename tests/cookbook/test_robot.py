"""The robot: driven by pages and by programs, one at a time; and whatever happens to its driver, it stops."""

import os
import signal
import tty
from collections.abc import Callable
from typing import Any

import pytest

import roomcast
from tests.chromium import PHONE, Window
from tests.integration.conftest import RunningServer
from tests.integration.dam import Dam
from tests.pages.conftest import Open
from tests.pages.test_accessibility import AXE, LOOKS, violations
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(15)
RECIPE = EXAMPLES / "cookbook" / "robot"
STANDS_STILL = "nobody drives, and it stands still"
Start = Callable[..., RunningServer]


def start_robot(port: int, *words: str) -> Program:
    return Program(RECIPE / "robot.py", *words, ROOMCAST_SERVER=f"127.0.0.1:{port}")


class Witness:
    """Sees what everybody in the room is told of the robot, and may drive it, too."""

    def __init__(self, room: roomcast.Room) -> None:
        self.room = room

    def robot(self) -> roomcast.Player:
        def come() -> roomcast.Player | None:
            self.room.pump(wait=0.01)
            return next((one for one in self.room.players if one.name == "robot"), None)

        found = wait_for(come, what="the robot is in the room")
        assert found is not None
        return found

    def sees(self, key: str, wanted: Callable[[Any], bool], what: str) -> Any:
        """Wait until the robot says something under this key that is so, and return it."""
        wait_for(lambda: key in self.robot() and wanted(self.robot()[key]), what=what)
        return self.robot()[key]

    def sees_it_stand_still(self) -> None:
        self.sees("driver", lambda driver: driver == "", "nobody drives")
        assert self.robot()["wheels"] == [0, 0]

    def drive(self, left: Any, right: Any, seen: float) -> None:
        """Send that, and wait until the robot has reported what came of it."""
        self.room.send("drive", left, right, seen, to=self.robot())
        wait_for(lambda: self.robot() and self.room.unacknowledged == 0, what="the letter has its place in the order")
        for _ in range(2):  # the first report may have been on its way already
            before = self.robot()["now"]
            self.sees("now", lambda now, before=before: now > before, "the robot reports")


def join_in(window: Window, name: str) -> None:
    window.page.fill("input", name)
    window.page.click("text=Join in")
    window.wait_to_read("#news", "drive")


class Finger:
    """On a page, where a click would be over at once."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._devtools = window.context.new_cdp_session(window.page)

    def holds(self, button: str) -> None:
        box = self._window.page.get_by_role("button", name=button).bounding_box()
        assert box
        place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        self._devtools.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [place]})

    def lets_go(self) -> None:
        self._devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_one_drives_and_the_others_wait(start_server: Start, open_window: Open) -> None:
    server = start_server(site=RECIPE / "remote")
    ada, grace = open_window("/", at=server), open_window("/", "", PHONE, at=server)
    finger = Finger(grace)
    for window in (ada, grace):
        window.page.fill("input", "Grace" if window is grace else "<b>Ada</b>")
        window.page.click("text=Join in")
        window.wait_to_read("#news", "There is no robot here.")
    with start_robot(server.port) as robot, roomcast.join(server.address("robot"), name="Visitor") as room:
        witness = Witness(room)
        grace.wait_to_read("#news", "Nobody drives.")
        start = witness.sees("place", bool, "the robot is somewhere")
        ada.page.keyboard.down("ArrowUp")
        witness.sees("place", lambda place: place[0] > start[0] + 0.2, "it goes to the right")
        ada.wait_to_read("#news", "You drive.")
        grace.wait_to_read("#news", "<b>Ada</b> drives.")  # a name is text
        assert witness.robot()["wheels"] == [0.8, 0.8]

        finger.holds("Back")  # she has to wait
        witness.drive(-1, -1, witness.robot()["now"])  # so has who comes with a program
        assert (witness.robot()["driver"], witness.robot()["wheels"]) == ("<b>Ada</b>", [0.8, 0.8])
        assert not robot.all_lines("Grace drives") + robot.all_lines("Visitor drives")
        ada.page.keyboard.down("ArrowRight")  # both: a curve
        witness.sees("wheels", lambda wheels: wheels == [1, 0.5], "it goes in a curve")
        ada.page.keyboard.up("ArrowRight")
        ada.page.keyboard.up("ArrowUp")

        witness.sees("wheels", lambda wheels: wheels == [-0.6, -0.6], "it goes back as soon as it is Grace's")
        ada.wait_to_read("#news", "Grace drives.")
        finger.lets_go()
        witness.sees_it_stand_still()
        ahead = witness.robot()["ahead"]
        ada.wait_to_read("#ahead", f"Free ahead: {ahead:.2f} m")

        # By keys alone: Tab to a button, and hold Enter.
        ada.page.get_by_role("button", name="Turn left").focus()
        ada.page.keyboard.down("Enter")
        witness.sees("wheels", lambda wheels: wheels == [-0.3, 0.3], "it turns")
        ada.page.keyboard.press("Tab")  # with Enter still down
        ada.page.keyboard.up("Enter")
        witness.sees_it_stand_still()
    grace.wait_to_read("#news", "There is no robot here.")
    for window in (ada, grace):
        window.page.goto("about:blank")


def test_it_stops_when_nothing_is_heard_of_its_driver(start_server: Start, open_window: Open) -> None:
    server = start_server(site=RECIPE / "remote")
    with (
        Dam(server.port) as network,
        start_robot(server.port) as robot,
        roomcast.join(server.address("robot"), name="Visitor") as room,
    ):
        witness, phone = Witness(room), open_window("/", "", PHONE, at=network)
        join_in(phone, "Ada")
        finger = Finger(phone)
        finger.holds("Turn right")
        witness.sees("driver", lambda driver: driver == "Ada", "Ada drives")
        network.hold(clients_too=True)  # out of reach: to the server, she is only silent
        witness.sees_it_stand_still()
        assert room.players["Ada"].here

        # What was on its way meanwhile comes late, and is not obeyed. What she has sent last may know more than what
        # was heard of her last, and so is late a moment after that.
        late = witness.robot()["now"] + 0.5  # seconds: the robot's patience
        witness.sees("now", lambda now: now > late, "all that is on its way is late")
        stood = witness.robot()["place"]
        finger.lets_go()
        network.release()
        phone.wait_to_read("#news", "Nobody drives.")
        witness.drive(0, 0, 0)  # and it has had its say twice since
        assert witness.robot()["place"] == stood

        finger.holds("Turn left")
        witness.sees("driver", lambda driver: driver == "Ada", "Ada drives again")
        network.cut()  # this the server notices at once
        witness.sees_it_stand_still()
        phone.wait_to_read("#news", "The connection is lost, and the robot stops.")
        wait_for(lambda: robot.lines[-1] == STANDS_STILL, what="it says so")
        phone.page.goto("about:blank")
        phone.complaints.clear()  # of connections that could not be made


def test_what_comes_late_or_is_nonsense_moves_nothing(start_server: Start) -> None:
    server = start_server()
    with (
        start_robot(server.port) as robot,
        roomcast.join(server.address("robot"), name="Visitor") as room,
    ):
        robot.line("The robot is in its room.")
        witness = Witness(room)
        now = witness.sees("now", bool, "the robot reports")
        for left, right, seen in (1, 1, now - 1), (1, 1, now + 1000), ("fast", 1, now), ({}, [], None):
            witness.drive(left, right, seen)
        assert witness.robot()["place"] == [2, 1.5, 0]
        assert not robot.all_lines("Visitor drives")
        now = witness.sees("now", bool, "the robot reports")
        room.send("drive", 1000, 0, now, to=witness.robot())  # no wheel turns faster than at full speed
        assert witness.sees("wheels", lambda wheels: wheels != [0, 0], "it moves") == [1, 0]
        room.leave()  # a driver who goes
        robot.line(STANDS_STILL)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP, signal.SIGINT], ids=["killed", "hangs", "ended"])
def test_it_stops_with_the_program_that_drives_it(start_server: Start, end: signal.Signals) -> None:
    server = start_server()
    address = f"127.0.0.1:{server.port}"
    with (
        start_robot(server.port) as robot,
        roomcast.join(server.address("robot"), name="Visitor") as room,
        Program(RECIPE / "explore.py", ROOMCAST_SERVER=address) as explorer,
    ):
        witness = Witness(room)
        robot.line("explorer drives")
        for speeds in [0.7, 0.7], [0.5, -0.5], [0.7, 0.7]:  # ahead; a turn, where there is a wall; and ahead again
            witness.sees("wheels", lambda wheels, speeds=speeds: wheels == speeds, f"its wheels turn at {speeds}")
        explorer.signal(end)
        witness.sees_it_stand_still()
        x, y, _ = witness.robot()["place"]
        assert 0.15 <= x <= 3.85
        assert 0.15 <= y <= 2.85
        if end == signal.SIGSTOP:
            explorer.signal(signal.SIGCONT)
            witness.sees("driver", lambda driver: driver == "explorer", "the explorer goes on")
        if end == signal.SIGINT:
            assert explorer.wait() == 0
        robot.signal(signal.SIGINT)
        assert robot.wait() == 0
        assert not [line for line in robot.lines + explorer.lines if "Error" in line or "Traceback" in line]


@pytest.mark.parametrize("silent", [True, False])
def test_it_stops_when_its_own_network_is_gone(start_server: Start, silent: bool) -> None:
    server = start_server()
    address = f"127.0.0.1:{server.port}"
    with (
        Dam(server.port) as network,
        start_robot(network.port) as robot,
        Program(RECIPE / "explore.py", ROOMCAST_SERVER=address),
    ):
        robot.line("explorer drives")
        if silent:
            network.hold(clients_too=True)
        else:
            network.cut()
        robot.line(STANDS_STILL)
        network.release()
        network.mend()
        wait_for(lambda: len(robot.all_lines("explorer drives")) == 2, what="it is driven again")


def test_real_wheels_are_at_a_serial_port(start_server: Start) -> None:
    server = start_server()
    board, computer = os.openpty()
    tty.setraw(computer)
    os.set_blocking(board, False)
    heard = b""

    def told(line: bytes) -> bool:
        """Whether the board has been told that, since it was asked last."""
        nonlocal heard
        try:
            heard += os.read(board, 10_000)
        except BlockingIOError:
            pass
        _, found, heard = heard.rpartition(line + b"\n") if line + b"\n" in heard else (b"", b"", heard)
        return bool(found)

    try:
        with (
            start_robot(server.port, os.ttyname(computer)) as robot,
            roomcast.join(server.address("robot"), name="Visitor") as room,
        ):
            witness = Witness(room)
            wait_for(lambda: told(b"0 0"), what="the wheels stand still")
            now = witness.sees("now", bool, "the robot reports")
            assert "ahead" not in witness.robot()
            os.write(board, b"noise\r\n12")
            os.write(board, b"3\r\n4")
            witness.sees("ahead", lambda ahead: ahead == 1.23, "the robot sees ahead")
            now = witness.robot()["now"]
            room.send("drive", 0.5, -2, now, to=witness.robot())
            wait_for(lambda: told(b"50 -100"), what="the wheels turn")
            wait_for(lambda: told(b"0 0"), what="they stand still again, as nothing more has come")
            room.send("drive", 1, 1, witness.robot()["now"], to=witness.robot())
            wait_for(lambda: told(b"100 100"), what="the wheels turn")
            robot.signal(signal.SIGINT)
            assert robot.wait() == 0
            assert told(b"0 0")
            assert robot.lines[-1] == "Visitor drives"  # nothing went wrong
    finally:
        os.close(board)
        os.close(computer)


@pytest.mark.parametrize(("look", "theme"), LOOKS)
def test_the_page_is_for_everyone(start_server: Start, open_window: Open, look: dict[str, Any], theme: str) -> None:
    if not AXE.exists():
        pytest.skip("not installed: axe-core; type: make test, on a computer with npm")
    server = start_server(site=RECIPE / "remote")
    with start_robot(server.port) as robot:
        robot.line("The robot is in its room.")
        window = open_window("/", "", look, at=server, color_scheme=theme, bypass_csp=True)
        assert violations(window) == []
        join_in(window, "Ada")
        window.page.keyboard.down("ArrowLeft")
        window.wait_to_read("#news", "You drive.")
        assert violations(window) == []
        assert window.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        window.page.keyboard.up("ArrowLeft")
        window.page.goto("about:blank")
