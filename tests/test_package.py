"""The package that people install holds all that the server needs."""

from pathlib import Path
from zipfile import ZipFile

from hatchling.builders.wheel import WheelBuilder

from roomcast.server.files import read_files
from tests.programs import TOP


def test_the_wheel_holds_the_pages_and_all_their_files(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(TOP)).build(directory=str(tmp_path), versions=["standard"])
    names = set(ZipFile(wheel).namelist())
    assert {f"roomcast/{path if path.startswith('js/') else f'site/{path}'}" for path in read_files()} <= names
    assert {"roomcast/js/package.json", "roomcast/js/README.md"} <= names
    assert "roomcast/py.typed" in names
    assert not any(name.startswith(("tests", "docs")) or "node_modules" in name for name in names)
