"""A page of one's own: served by the server itself, or by another one whose pages are allowed."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from roomcast.server.access import AccessSettings
from tests.chromium import PATIENCE, Browser
from tests.integration.conftest import RunningServer
from tests.pages.conftest import Open
from tests.programs import TOP

SPOTS = TOP / "examples" / "spots"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def another_server(folder: Path) -> Iterator[str]:
    """The origin of pages of this folder, on a server of Python's own, as while one makes a page."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://localhost:{server.server_port}"
        finally:
            server.shutdown()


def test_the_example_shows_each_click_to_everyone(
    open_window: Open, start_server: Callable[..., RunningServer]
) -> None:
    server = start_server(site=SPOTS)
    one, other = (open_window("/", at=server).page for _ in range(2))
    one.wait_for_function("document.getElementById('here').textContent.includes(', ')")
    one.locator("#paper").click(position={"x": 320, "y": 100})
    for page in (one, other):
        page.locator("#paper i").wait_for()
    where = "(() => { const dot = document.querySelector('#paper i'); return [dot.style.left, dot.style.top] })()"
    assert one.evaluate(where) == other.evaluate(where)
    assert one.evaluate("document.querySelector('#paper i').style.left") == "25%"
    lobby = open_window("/lobby", at=server)
    lobby.wait_to_read("#rooms", "spots")


PAGE = """<!DOCTYPE html><title>Mine</title><link rel="icon" href="data:,"><p id="said"></p>
<script type="module">
  const said = document.getElementById("said");
  try {
    const { join } = await import("http://SERVER/roomcast.js");
    const { rooms } = await (await fetch("http://SERVER/rooms.json")).json();
    const room = await join("SERVER/mine");
    said.textContent = `in ${room.me.name}, rooms ${rooms.length}`;
  } catch (error) {
    said.textContent = `failed ${error}`;
  }
</script>
"""


@pytest.mark.parametrize("allowed", [True, False])
def test_a_page_from_another_port_can_use_the_library_where_it_is_allowed(
    browser: Browser, start_server: Callable[..., RunningServer], tmp_path: Path, allowed: bool
) -> None:
    with another_server(tmp_path) as origin:
        server = start_server(access=AccessSettings(origins=(origin,) if allowed else ()))
        (tmp_path / "index.html").write_text(PAGE.replace("SERVER", f"127.0.0.1:{server.port}"))
        context = browser.new_context()
        try:
            page = context.new_page()
            page.set_default_timeout(PATIENCE * 1000)
            page.goto(f"{origin}/")
            page.wait_for_function("document.getElementById('said').textContent")
            assert page.inner_text("#said").startswith("in " if allowed else "failed ")
        finally:
            context.close()
