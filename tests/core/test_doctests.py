"""The examples in docstrings are true."""

import doctest
import importlib
import pkgutil

import pytest

import roomcast.client
import roomcast.core
import roomcast.loadtest
import roomcast.server
import roomcast.transports

PACKAGES = (roomcast.loadtest, roomcast.core, roomcast.client, roomcast.server, roomcast.transports)
MODULES = [
    module.name for package in PACKAGES for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_are_true(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_such_examples() -> None:
    found = [test for name in MODULES for test in doctest.DocTestFinder().find(importlib.import_module(name))]
    assert sum(len(test.examples) for test in found) >= 5
