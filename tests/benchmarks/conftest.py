"""The scripts of benchmarks/ as modules."""

import importlib
from collections.abc import Callable
from types import ModuleType

import pytest

from tests.programs import TOP


@pytest.fixture
def benchmark_script(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Imports a script of benchmarks/ by its name, as the scripts import each other."""
    monkeypatch.syspath_prepend(str(TOP / "benchmarks"))
    monkeypatch.setenv("ROOMCAST_NO_DISCOVERY", "1")
    return importlib.import_module
