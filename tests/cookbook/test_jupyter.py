"""Jupyter: two real kernels execute the cells of the two notebooks, and what one does runs in the other."""

from __future__ import annotations

import ast
import json
import queue
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from tests.integration.conftest import RunningServer
from tests.programs import EXAMPLES
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(10)
RECIPE = EXAMPLES / "cookbook" / "jupyter"
WITHIN = 30.0  # seconds for a kernel to start, or a cell to end, on a busy machine


def notebook(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RECIPE / f"{name}.ipynb").read_text(encoding="utf-8"))
    return found


def code_of(name: str) -> list[str]:
    """The sources of a notebook's code cells."""
    return ["".join(cell["source"]) for cell in notebook(name)["cells"] if cell["cell_type"] == "code"]


class Kernel:
    """A notebook's kernel: runs cells, and remembers what the notebook shows."""

    def __init__(self, name: str) -> None:
        self.join, self.functions, self.last = code_of(name)
        self.total = ""  # the line that changes
        self.result = ""  # of the last cell that had one
        self.errors: dict[str, str] = {}  # what stands in red under a cell, by its source
        self._sources: dict[str, str] = {}  # by the number of the message that ran it
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel()
        self.client: BlockingKernelClient = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(WITHIN)

    def run(self, source: str) -> None:
        """Run a cell, and wait until it is done."""
        asked = self.client.execute(source)
        self._sources[asked] = source
        while True:
            reply = self.client.get_shell_msg(timeout=WITHIN)
            if reply["parent_header"].get("msg_id") == asked:
                break
        assert reply["content"]["status"] == "ok", reply["content"]

    def look(self) -> Kernel:
        """Take in what has been shown since the last look."""
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=0)
            except queue.Empty:
                return self
            content = message["content"]
            match message["msg_type"]:
                case "display_data" | "update_display_data":
                    self.total = content["data"]["text/markdown"]
                case "execute_result":
                    self.result = content["data"]["text/plain"]
                case "stream" if content["name"] == "stderr":
                    cell = self._sources.get(message["parent_header"].get("msg_id", ""), "")
                    self.errors[cell] = self.errors.get(cell, "") + content["text"]

    def shows(self, start: str) -> None:
        wait_for(lambda: self.look().total.startswith(start), WITHIN, f"the notebook shows {start!r}")

    def restart(self) -> None:
        """Restart Kernel, in the notebook's menu."""
        self.manager.restart_kernel()
        self.client.wait_for_ready(WITHIN)

    def stop(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel()
        self.manager.cleanup_resources()


@pytest.fixture
def start_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, RunningServer], Kernel]]:
    """start_kernel("ada", server) → the kernel of that notebook, in which nothing has been run."""
    for name in "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR":
        monkeypatch.setenv(name, str(tmp_path / name))
    with ExitStack() as stack:

        def start(name: str, server: RunningServer) -> Kernel:
            monkeypatch.setenv("ROOMCAST_SERVER", f"127.0.0.1:{server.port}")
            kernel = Kernel(name)
            stack.callback(kernel.stop)
            return kernel

        yield start


def thrown(start: str) -> str:
    """Of the line "200,000 darts, …": the estimate in it, which is right."""
    found = re.search(r"\*\*π ≈ ([\d.]+)\*\*$", start)
    assert found, start
    assert abs(float(found[1]) - 3.1416) < 0.05  # more than ten standard deviations
    return found[1]


def test_what_one_notebook_does_runs_in_the_other(
    server: RunningServer, start_kernel: Callable[[str, RunningServer], Kernel]
) -> None:
    ada, grace = start_kernel("ada", server), start_kernel("grace", server)
    for kernel in (ada, grace):
        kernel.run(kernel.join)
        kernel.run(kernel.functions)
        kernel.shows("0 darts")
    ada.run(ada.last)
    for kernel in (ada, grace):
        kernel.shows("200,000 darts, ")
    assert thrown(ada.total) == thrown(grace.total)
    grace.run(grace.last)
    shared = ast.literal_eval(wait_for(lambda: grace.look().result, WITHIN, "the cell has its result"))
    assert {name: darts for name, (_, darts) in shared.items()} == {"Ada": 100_000, "Grace": 100_000}
    assert f" {sum(inside for inside, _ in shared.values()):,} inside" in ada.total

    grace.run("throw(1_000)")
    for kernel in (ada, grace):
        kernel.shows("202,000 darts, ")

    # A kernel that is restarted takes its darts along; and who comes late sees those of the others.
    grace.restart()
    ada.shows("101,000 darts, ")
    grace.run(grace.join)
    grace.run(grace.functions)
    grace.shows("101,000 darts, ")


def test_a_mistake_is_shown_and_the_room_goes_on(
    server: RunningServer, start_kernel: Callable[[str, RunningServer], Kernel]
) -> None:
    ada = start_kernel("ada", server)
    ada.run(ada.join)
    ada.run(ada.functions)
    ada.run("@room.everywhere\ndef share(player, darts):\n    return darts / 0")
    ada.run("share(8)")
    wait_for(
        lambda: "ZeroDivisionError" in ada.look().errors.get(ada.join, ""), WITHIN, "the mistake stands under a cell"
    )
    ada.run("throw(10)")
    ada.shows("10 darts, ")
    ada.run(ada.functions)  # a cell that is run again replaces its functions
    ada.run("throw(20)")
    ada.shows("20 darts, ")
    ada.run("room.leave()")
    ada.run(ada.join)
    ada.run(ada.functions)
    ada.shows("0 darts, ")
    ada.run("[one.name for one in room.players]")
    wait_for(lambda: ada.look().result == "['Ada']", WITHIN, "she is there once")


def test_the_notebooks_are_clean_and_differ_in_the_name_alone() -> None:
    for name in "ada", "grace":
        for cell in notebook(name)["cells"]:
            assert (cell.get("outputs", []), cell.get("execution_count")) == ([], None)
    ada, grace = code_of("ada"), code_of("grace")
    assert [source.replace("Ada", "Grace") for source in ada[:2]] == grace[:2]
