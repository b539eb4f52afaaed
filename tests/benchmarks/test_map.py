"""benchmarks/README.md maps every file of the folder, and load.h every file of the load generator."""

import re
from pathlib import Path

from tests.programs import TOP

BENCHMARKS = TOP / "benchmarks"


def names_in(folder: Path) -> set[str]:
    return {file.name + "/" * file.is_dir() for file in folder.iterdir() if file.name != "__pycache__"}


def test_every_file_is_in_the_map_and_nothing_else() -> None:
    rows = re.findall(r"^\| (`[^|]+) \|", (BENCHMARKS / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    mapped = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    assert set(mapped) == names_in(BENCHMARKS) - {"README.md"}


def test_every_file_of_the_load_generator_is_in_its_header() -> None:
    mapped = re.findall(
        r"^ \*   (\w+\.[ch]) ", (BENCHMARKS / "load" / "load.h").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert set(mapped) == names_in(BENCHMARKS / "load") - {"load.h"}
