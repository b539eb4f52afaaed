"""roomcast.js in pages that bundlers have made: Vite and esbuild, minified; and React's StrictMode."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from roomcast import Room, join
from tests.chromium import PATIENCE
from tests.integration.conftest import RunningServer
from tests.integration.rooms import pump_until
from tests.js.node import JS, MODULES, needs_node, run
from tests.pages.conftest import Open
from tests.pages.test_page_lifecycle import only, sessions
from tests.waiting import wait_for

pytestmark = [needs_node, pytest.mark.takes(20)]

HERE = Path(__file__).parent / "bundled"
BIN = MODULES / ".bin"
ESBUILD = [BIN / "esbuild", "--bundle", "--format=esm", f"--alias:roomcast={JS / 'roomcast.js'}"]


def by_vite(source: Path, site: Path) -> None:
    alias = f'{{ roomcast: "{JS / "roomcast.js"}" }}'
    config = f'export default {{ resolve: {{ alias: {alias} }}, build: {{ target: "es2022" }} }};'
    (source / "vite.config.mjs").write_text(config)
    run(BIN / "vite", "build", source, "--outDir", site, "--logLevel", "error")


def by_esbuild(source: Path, site: Path) -> None:
    run(*ESBUILD, "--minify", source / "game.js", f"--outfile={site / 'game.js'}")
    shutil.copy(source / "index.html", site)


def by_esbuild_unminified(source: Path, site: Path) -> None:
    run(*ESBUILD, source / "game.js", f"--outfile={site / 'game.js'}")
    shutil.copy(source / "index.html", site)


@pytest.mark.parametrize("build", [by_vite, by_esbuild, by_esbuild_unminified], ids=lambda build: build.__name__)
def test_a_bundled_page_plays_with_a_python_program_by_names_that_are_given(
    start_server: Callable[..., RunningServer], open_window: Open, tmp_path: Path, build: Callable[[Path, Path], None]
) -> None:
    source, site = tmp_path / "source", tmp_path / "site"
    shutil.copytree(HERE, source)
    site.mkdir()
    build(source, site)
    server = start_server(site=site)
    page = open_window("/", at=server).page
    page.wait_for_function("globalThis.game")
    with join(server.address(), name="red") as red:
        moves: list[int] = []
        red.on("move")(lambda player, dx: moves.append(dx))
        page.evaluate("game.named(5)")
        pump_until(lambda: moves == [5], red)
        red.send("move", 7)
        page.wait_for_function("game.steps.length === 2")
        assert page.evaluate("game.steps") == [["Ada", 5], ["red", 7]]
        page.reload()
        page.wait_for_function("globalThis.game")
        only(server, "Ada", "red")
    said = page.evaluate("[game.bare, ...game.warnings].join(' ')")
    assert 'everywhere("move"' in said, f"a name that the bundler took or changed is told: {said}"
    if build is by_esbuild_unminified:
        assert page.evaluate("game.bare") == ""
        assert "'move2'" in said
        assert "'wave'" not in said, "this one was left alone"


def test_in_strict_mode_a_component_is_one_player(
    start_server: Callable[..., RunningServer], open_window: Open, tmp_path: Path
) -> None:
    run(
        *[*ESBUILD, "--define:process.env.NODE_ENV='development'", "--jsx=automatic", HERE / "strict.jsx"],
        f"--outfile={tmp_path / 'game.js'}",
        NODE_PATH=str(MODULES),
    )
    shutil.copy(HERE / "index.html", tmp_path)
    server = start_server(site=tmp_path)
    window = open_window("/", at=server)
    red: Room
    with join(server.address(), name="red") as red:
        seen: list[str] = []
        for event in "join", "leave":
            red.on(event)(lambda player, event=event: seen.append(f"{event} {player.id}"))
        window.wait_to_read("#names", "Ada")
        assert window.page.evaluate("mounted") == 2, "mounted, unmounted, mounted again"
        only(server, "red", "Ada")
        before = sessions(server)
        window.page.reload()
        window.wait_to_read("#names", "Ada")
        only(server, "red", "Ada")
        window.page.evaluate("again()")
        wait_for(lambda: window.page.evaluate("mounted") == 4, PATIENCE, "it is mounted again")
        window.wait_to_read("#names", "Ada")
        only(server, "red", "Ada")
        pump_until(lambda: red.unacknowledged == 0, red)
        assert sessions(server) == before
        assert [event for event in seen if "Ada2" in event or event == "leave Ada"] == []
