"""A sensor on many screens: numbers from a serial port, which is a pseudo-terminal here, and from the keyboard."""

import os
import signal
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.chromium import PHONE, Window
from tests.integration.conftest import RunningServer
from tests.pages.conftest import Open
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(5)
RECIPE = EXAMPLES / "cookbook" / "sensor"


@contextmanager
def serial_port() -> Iterator[tuple[int, str]]:
    """The board's end of the cable, to write to, and the name of the computer's end, such as "/dev/pts/3"."""
    board, computer = os.openpty()
    tty.setraw(computer)  # nothing is echoed before the program has opened it
    try:
        yield board, os.ttyname(computer)
    finally:
        os.close(board)
        os.close(computer)


def cards(screen: Window) -> list[str]:
    """What each card says, such as "window 21.5"."""
    return [" ".join(text.split()) for text in screen.page.locator("section").all_inner_texts()]


def shows(screen: Window, *wanted: str) -> None:
    try:
        wait_for(lambda: sorted(cards(screen)) == sorted(wanted), what=f"the screen shows {wanted}")
    except AssertionError as failure:
        failure.add_note(f"It shows {cards(screen)}")
        raise


def heights(screen: Window) -> list[float]:
    """The curve of the sensor "window": how far each value is from the top."""
    points = screen.page.locator("section", has_text="window").locator("polyline").get_attribute("points")
    return [float(point.split(",")[1]) for point in (points or "").split()]


def test_what_the_sensors_send_is_on_all_screens(start_server: Callable[..., RunningServer], open_window: Open) -> None:
    server = start_server(site=RECIPE / "screens")
    projector = open_window("/", at=server)
    assert projector.page.locator("#sensors").evaluate("(main) => getComputedStyle(main, '::before').content") == (
        '"No sensor is here yet."'
    )
    address = f"127.0.0.1:{server.port}"
    with (
        serial_port() as (board, port),
        Program(RECIPE / "sensor.py", "window", port, ROOMCAST_SERVER=address) as window,
        Program(RECIPE / "sensor.py", "greenhouse", typed=True, ROOMCAST_SERVER=address) as greenhouse,
    ):
        window.line(f"window: shares numbers from {port}, one a line.")  # what came before, pyserial throws away
        os.write(board, b"1.5\r\n20\r\n")
        shows(projector, "window 20")
        assert heights(projector) == [150, 0]
        os.write(board, b"nan\r\n\xff oops\r\n10.")  # not ready, noise, and a line of which the rest comes later
        window.line("not a number: nan")
        window.line("not a number: \N{REPLACEMENT CHARACTER} oops")
        os.write(board, b"75\r\n")
        shows(projector, "window 10.75")
        assert heights(projector) == [150, 0, 75]

        greenhouse.line("greenhouse: shares numbers from the keyboard, one a line.")
        greenhouse.type("21.5")
        late = open_window("/", "", PHONE, at=server)  # gets all that there is on joining
        for screen in (projector, late):
            shows(screen, "window 10.75", "greenhouse 21.5")

        os.write(board, b"".join(b"%d\n" % number for number in range(100)))
        shows(late, "window 99", "greenhouse 21.5")
        assert len(heights(late)) == 60  # no more, however long it runs
        window.signal(signal.SIGINT)  # Ctrl-C
        assert window.wait() == 0
        shows(late, "greenhouse 21.5")
        assert late.page.locator(".away").count() == 0
        greenhouse.kill()
        wait_for(lambda: late.page.locator(".away").count() == 1, what="the sensor that is gone turns pale")
        assert not [line for line in window.lines + greenhouse.lines if "Error" in line or "Traceback" in line]
    projector.page.goto("about:blank")
    late.page.goto("about:blank")
