"""The stores on which the contract's tests run.

The contract itself: `roomcast.core.room.commit_log`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.storage.disks import (
    KEEPING,
    KINDS,
    Disk,
    some_disk,
)


@pytest.fixture(params=KINDS)
def any_disk(request: pytest.FixtureRequest) -> Iterator[Disk]:
    """Of every store, those that keep nothing included."""
    with some_disk(request.param) as disk:
        yield disk


@pytest.fixture(params=KEEPING)
def disk(request: pytest.FixtureRequest) -> Iterator[Disk]:
    with some_disk(request.param) as disk:
        yield disk
