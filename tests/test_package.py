"""The package that people install holds all that the server needs."""

from pathlib import Path
from zipfile import ZipFile

from hatchling.builders.wheel import WheelBuilder

from roomcast.server.files import read_files
from tests.programs import TOP


def test_the_wheel_holds_the_pages_and_all_their_files(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(TOP)).build(directory=str(tmp_path), versions=["standard"])
    names = set(ZipFile(wheel).namelist())
    served = [path if path.startswith("js/") else f"site/{path.removeprefix('roomcast/')}" for path in read_files()]
    assert {f"roomcast/{path}" for path in served} <= names
    assert {"roomcast/js/package.json", "roomcast/js/README.md"} <= names
    assert "roomcast/py.typed" in names
    for folder in ("docs/learn", "examples/learn", "examples/new", "examples/starter"):  # see roomcast/shipped_files.py
        shipped = {str(one.relative_to(TOP)) for one in (TOP / folder).rglob("*.[mpj][dys]") if one.is_file()}
        assert shipped
        assert {f"roomcast/shipped/{path}" for path in shipped} <= names
    site = {name.removeprefix("roomcast/site/learn/") for name in names if name.startswith("roomcast/site/learn/")}
    assert {"index.html", "searchindex.js", "learn/1-sockets.html", "reference/rooms.html", "_static/learn.css"} <= site
    assert not any(name.startswith(".") or name.endswith(".py") for name in site)
    assert not any(name.startswith(("tests", "docs")) or "node_modules" in name for name in names)
