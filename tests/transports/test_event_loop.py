"""Which event loop servers and clients run on, and that all goes on where uvloop cannot be imported."""

import sys
from pathlib import Path

import pytest

from roomcast.transports.event_loop import is_uvloop, new_loop
from tests.programs import Program

PLAY = """
import asyncio
import roomcast
from roomcast.transports.event_loop import is_uvloop, new_loop

seen = []
with roomcast.host("dots", "red", bind="127.0.0.1", port=0, quiet=True, announce=False) as red:

    @red.everywhere
    def move(player, dx):
        seen.append(f"{player.id} moved {dx}")

    async def play():
        async with roomcast.connect(f"127.0.0.1:{red.hosted.server.port}/dots", name="blue") as blue:
            blue.send("move", 2)
            while blue.unacknowledged:
                await asyncio.sleep(0.01)

    move(1)
    while len(seen) < 1:
        red.pump(wait=0.1)
    with asyncio.Runner(loop_factory=new_loop) as runner:
        print("The loop is uvloop's:", is_uvloop(runner.get_loop()))
        runner.run(play())
    while len(seen) < 2:
        red.pump(wait=0.1)
print("They played:", ", ".join(seen))
"""

NO_UVLOOP = 'raise ImportError("there is no uvloop for this Python")'


@pytest.fixture
def without_uvloop(tmp_path: Path) -> dict[str, str]:
    """The environment of a program that cannot import uvloop, whatever is installed."""
    (tmp_path / "uvloop.py").write_text(NO_UVLOOP)
    return {"PYTHONPATH": str(tmp_path)}


def test_where_uvloop_cannot_be_imported_a_room_is_hosted_and_played_in(without_uvloop: dict[str, str]) -> None:
    with Program(Path("-c"), PLAY, **without_uvloop) as program:
        assert program.line("The loop is uvloop's: ") == "False"
        assert program.line("They played: ") == "red moved 1, blue moved 2"
        assert program.wait() == 0


def test_where_uvloop_cannot_be_imported_it_is_served_and_joined(without_uvloop: dict[str, str]) -> None:
    serve = ("serve", "--host", "127.0.0.1", "--port", "0", "--no-starter")
    with Program(Path("-m"), "roomcast", *serve, **without_uvloop) as server:
        address = server.line("  On this computer").split('"')[1]
        with Program(Path("-m"), "roomcast", "join", address, "--name", "Ada", "--stay", **without_uvloop) as ada:
            ada.line("You are Ada")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no uvloop for Windows")
def test_where_uvloop_can_be_imported_it_serves() -> None:
    pytest.importorskip("uvloop", exc_type=ImportError)
    loop = new_loop()
    loop.close()
    assert is_uvloop(loop)
