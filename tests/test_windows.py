"""The hands that tests have on a screen."""

from tests.windows import Window


def test_a_window_that_has_closed_by_itself_can_be_asked_to_close(display: str) -> None:
    Window(display, str(0x200001)).close()  # of such a window, X tells an error, which would end this process
