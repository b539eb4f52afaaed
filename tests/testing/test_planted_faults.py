"""Each promise of the simulator is broken on purpose, by one of the faults that it has to find."""

from __future__ import annotations

from roomcast.testing.promises import PROMISES
from tests.testing import (
    test_faults_of_actions,
    test_faults_of_bounds,
    test_faults_of_keeping,
    test_faults_of_order,
    test_faults_of_rules,
    test_faults_of_state,
    test_faults_of_time,
    test_faults_of_waiting,
    test_faults_of_worlds,
)

FILES = (
    test_faults_of_order,
    test_faults_of_keeping,
    test_faults_of_actions,
    test_faults_of_state,
    test_faults_of_time,
    test_faults_of_worlds,
    test_faults_of_bounds,
    test_faults_of_rules,
    test_faults_of_waiting,
)


def test_each_promise_is_broken_by_one_of_them() -> None:
    assert {fault.promise for file in FILES for fault in file.FAULTS} == set(PROMISES)
