"""A short soak, and proof that its verdict would notice. `make soak` runs long ones."""

import subprocess
import sys
from collections.abc import Callable

import msgspec
import pytest

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Do, Join, Set
from roomcast.core.room.fold import EMPTY, apply
from tests.core.entries import raw
from tests.programs import TOP
from tests.reliability.signatures import of_entry, of_state
from tests.reliability.truth import Truth
from tests.reliability.witness import Stretch, Told, Witness

pytestmark = pytest.mark.takes(40)


def test_a_few_seconds_of_everything_at_once_break_no_promise() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.reliability.soak", "--minutes", "0.2", "--pages", "2", "--seed", "2026"],
        cwd=TOP,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "EVERY PROMISE WAS KEPT" in ran.stdout
    assert ran.stderr == ""


# ---------------------------------------------------------------------- each broken promise is noticed


def _raw(what: list[object]) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(what))


LOG = [
    Join(1, "Ada", 0, "Ada"),
    Do(2, "Ada", 0, "count", _raw(["Ada", 1]), 1),
    Set(3, "Ada", 0, "room", raw({"k1": ["Ada", 2]}), True, 2),
    Do(4, "Ada", 0, "count", _raw(["Ada", 3]), 3, ()),
    Do(5, "Ada", 0, "count", _raw(["Ada", 4]), 4),
]


def complaints(change: Callable[[Witness], None], log: list[object] = LOG, *, strict: bool = True) -> list[str]:
    """What is said about a player that has run all of the log, but for a change."""
    witness = Witness.__new__(Witness)
    witness.name, witness.said, witness.told, witness.wrong = "Ada", 4, Told(), []
    stretch = Stretch("Ada", 1, [(entry.s, of_entry(entry)) for entry in LOG[1:]], end=5)
    state = EMPTY
    for entry in LOG[:3]:
        state = apply(state, entry)
    stretch.states.append((3, of_state(state)))
    witness.stretches = [stretch]
    change(witness)
    found: list[str] = []
    truth = Truth([codec.encode(entry) for entry in log], strict=strict)  # type: ignore[arg-type]
    truth.judge([witness], lambda good, what: None if good else found.append(what))
    return found


def test_a_player_that_ran_everything_has_nothing_to_complain_of() -> None:
    assert complaints(lambda witness: None) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda one: one.stretches[0].ran.pop(1), "is not what is on disk, from its entry 1 on"),
        (lambda one: one.stretches[0].ran.insert(1, one.stretches[0].ran[0]), "is not what is on disk"),
        (lambda one: one.stretches[0].ran.reverse(), "is not what is on disk, from its entry 0 on"),
        (lambda one: one.stretches[0].states.append((4, 0)), "its state at 4 is not what the log makes of it"),
        (lambda one: setattr(one, "said", 5), "1 of 5 are missing, told of 0"),
        (lambda one: setattr(one, "said", 3), "-1 of 3 are missing"),
        (lambda one: one.wrong.append("it came apart"), "it came apart"),
    ],
    ids=["a hole", "twice", "another order", "another state", "lost untold", "said by nobody", "its own complaint"],
)
def test_what_breaks_a_promise_is_noticed(change: Callable[[Witness], None], complaint: str) -> None:
    assert any(complaint in one for one in complaints(change))


def test_what_is_twice_on_disk_is_noticed() -> None:
    log = [*LOG, Do(6, "Ada", 0, "count", LOG[4].a, 5)]
    assert any("twice on disk" in one for one in complaints(lambda witness: None, log))


def test_what_was_seen_and_is_undone_is_noticed_unless_the_level_allows_it_and_nobody_was_left_to_tell() -> None:
    def forgotten(witness: Witness) -> None:
        witness.stretches[0].forgotten = True

    log = LOG[:4]
    assert any("is not what is on disk" in one for one in complaints(forgotten, log))
    assert any("is not what is on disk" in one for one in complaints(lambda witness: None, log, strict=False))
    assert complaints(forgotten, log, strict=False) == []
