"""What tests of the store begin with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storage.disks import SqliteDisk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SqliteDisk]:
    disk = SqliteDisk(tmp_path)
    yield disk
    disk.end()
