"""What docs/javascript.md shows, runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.integration.conftest import RunningServer, start_server  # noqa: F401  # a fixture
from tests.js.node import JS, MODULES, needs_node, run
from tests.programs import TOP
from tests.test_docs import blocks

# In Node 20 there is no WebSocket, and there are no functions on the page to wait for: so it waits at the end.
BEFORE = f"""
import WebSocket from {str(MODULES / "ws" / "wrapper.mjs")!r};
globalThis.WebSocket ??= WebSocket;
"""
BEFORE_LEAVING = """
while (room.unacknowledged > 0) await new Promise((resolve) => setTimeout(resolve, 5));
const level = room.state.get("level");
console.log("places", JSON.stringify(places.get(room.me)), "level", level, "picture", pictures.get("dot"));
"""


@needs_node
def test_the_guide_for_javascript_runs_from_top_to_bottom(
    start_server: Callable[..., RunningServer],  # noqa: F811  # the fixture
    tmp_path: Path,
) -> None:
    *code, leave = blocks(TOP / "docs" / "javascript.md", "js")
    assert len(code) >= 6
    program = tmp_path / "guide.mjs"
    text = "\n".join([BEFORE, *code, BEFORE_LEAVING, leave]).replace('"/roomcast.js"', f'"{JS / "roomcast.js"}"')
    program.write_text(text, encoding="utf-8")
    said = run("node", program, ROOMCAST_SERVER=f"127.0.0.1:{start_server().port}")
    assert "red whispers psst" in said
    assert "red whispers to everyone" in said
    assert "red has set [ 'score' ]" in said
    assert "picture from red 100 %" in said
    assert "places [205,200] level 2 picture blob:" in said
