"""The corpus, once through: what the fuzzer has found stays found."""

from pathlib import Path

import pytest

from tests.fuzz.mutation import mutated
from tests.fuzz.targets import TARGETS, Target

MAX_FILES = 500  # in the repository, of all targets
NEARBY = 20  # changes of each input, one upon the other, that are tried as well: always the same ones

targets = pytest.mark.parametrize("target", [pytest.param(target, id=name) for name, target in TARGETS.items()])


@pytest.mark.parametrize(
    ("target", "file"),
    [pytest.param(one, file, id=f"{one.name}-{file.name}") for one in TARGETS.values() for file in one.inputs()],
)
def test_what_the_fuzzer_found_harms_nobody(target: Target, file: Path) -> None:
    target.run(file.read_bytes())


@targets
def test_what_it_starts_from_harms_nobody(target: Target) -> None:
    for data in target.seeds():
        target.run(data)


@targets
def test_what_is_near_to_that_harms_nobody(target: Target) -> None:
    for at, data in enumerate([*target.seeds(), *(file.read_bytes() for file in target.inputs())]):
        for count in range(NEARBY):
            data = mutated(data, target.longest, 1000 * at + count, script=target.script, plainly=_as_it_is)
            try:
                target.run(data)
            except BaseException as failure:
                failure.add_note(f"the input was {data!r}")
                raise


def _as_it_is(data: bytes, longest: int) -> bytes:
    return data[:longest]


@targets
def test_there_is_a_corpus_small_enough_for_a_repository(target: Target) -> None:
    assert target.inputs()
    assert all(file.stat().st_size <= target.longest for file in target.inputs())
    assert sum(len(one.inputs()) for one in TARGETS.values()) <= MAX_FILES
