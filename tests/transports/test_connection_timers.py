"""Reading on after a pause, and the end that follows a close."""

from collections.abc import Iterator

from roomcast.transports.connection_timers import CLOSE_ANSWER_WITHIN, ReadThrottle, abort_later
from tests.core.fakes import FakeConnection
from tests.manual_scheduler import ManualScheduler


class Input:
    """A socket and the peer that reads from it, both as the throttle sees them."""

    def __init__(self, *waits: float) -> None:
        self.scheduler = ManualScheduler()
        self.notes: list[str] = []
        self.closing = False
        self._waits: Iterator[float] = iter(waits)
        self._began = self.scheduler.time
        self.throttle = ReadThrottle(self, self, self.scheduler)

    def read_on(self, now: float, /) -> float:
        assert now == self.scheduler.now()
        self._note("reads on")
        return next(self._waits)

    def pause_reading(self) -> None:
        self._note("paused")

    def resume_reading(self) -> None:
        self._note("resumed")

    def is_closing(self) -> bool:
        return self.closing

    def _note(self, what: str) -> None:
        self.notes.append(f"{what} {self.scheduler.time - self._began:g}")


def test_it_asks_at_once_where_what_it_waits_for_is_there() -> None:
    input_ = Input(5.0, 0.0)
    input_.throttle.read_again()  # it waits for nothing
    input_.throttle.pause(5.0)
    input_.scheduler.run_for(1)
    for _ in range(2):
        input_.throttle.read_again()
    input_.scheduler.run_for(1)
    input_.throttle.read_again()
    input_.scheduler.run_for(20)
    assert input_.notes == ["paused 0", "reads on 1", "reads on 2", "resumed 2"]


def test_reading_is_paused_until_the_peer_asks_for_no_more_time() -> None:
    input_ = Input(0.25, 1.5, 0.0, 0.0)
    input_.throttle.pause(0.5)
    input_.scheduler.run_for(10)
    assert input_.notes == ["paused 0", "reads on 0.5", "reads on 0.75", "reads on 2.25", "resumed 2.25"]
    input_.throttle.pause(1)
    input_.scheduler.run_for(10)
    assert input_.notes[5:] == ["paused 10", "reads on 11", "resumed 11"]


def test_more_input_while_it_is_paused_sets_no_second_timer() -> None:
    input_ = Input(0.0)
    for _ in range(5):
        input_.throttle.pause(0.5)
    input_.scheduler.run_for(10)
    assert input_.notes == ["paused 0", "reads on 0.5", "resumed 0.5"]


def test_a_connection_that_has_ended_is_not_read_from() -> None:
    input_ = Input()
    input_.throttle.pause(0.5)
    input_.closing = True
    input_.scheduler.run_for(10)
    assert input_.notes == ["paused 0"]


def test_a_peer_that_does_not_answer_a_close_is_cut_off() -> None:
    scheduler, connection = ManualScheduler(), FakeConnection(1000)
    abort_later(connection, scheduler)
    scheduler.run_for(CLOSE_ANSWER_WITHIN - 0.01)
    assert not connection.aborted
    scheduler.run_for(0.02)
    assert connection.aborted


def test_a_peer_that_still_has_something_to_read_is_left_to_the_core() -> None:
    scheduler, connection = ManualScheduler(), FakeConnection(1000)
    connection.stop_reading()
    connection.write(b"the last words")
    abort_later(connection, scheduler)
    scheduler.run_for(60)
    assert not connection.aborted
