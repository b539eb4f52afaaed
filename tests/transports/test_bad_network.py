"""A network that is bad on purpose: how it is written, and what it does to one direction of a connection."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcast.core.protocol.limits import Limits
from roomcast.errors import BadArgument
from roomcast.transports import bad_network
from roomcast.transports.bad_network import NOT_BAD, BadNetwork
from roomcast.transports.delay_line import DelayLine
from roomcast.transports.lagged_connection import Lagging
from tests.core.fakes import WIRE, FakeConnection
from tests.manual_scheduler import ManualScheduler
from tests.transports.server_ends import RecordingPeer

# ---------------------------------------------------------------------- how it is written


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("80ms", 0.08),
        ("0.08s", 0.08),
        (" 80 ms ", 0.08),
        ("1.5s", 1.5),
        (".5s", 0.5),
        ("5s", 5.0),
        ("0", 0.0),
        ("", 0.0),
    ],
)
def test_times(written: str, seconds: float) -> None:
    assert BadNetwork.parse({"lag": written, "jitter": written}) == BadNetwork(lag=seconds, jitter=seconds)


@pytest.mark.parametrize(
    ("written", "chance"), [("1%/min", 0.01), ("0.5 % / min", 0.005), ("99.9%/min", 0.999), ("", 0)]
)
def test_chances(written: str, chance: float) -> None:
    assert BadNetwork.parse({"drop": written}).drop == pytest.approx(chance)


@pytest.mark.parametrize("written", ["80", "80 m", "-80ms", "1e3ms", "nan", "infs", "80ms20ms", "٨٠ms", "ms"])
def test_what_is_no_time_is_told_how_one_is_written(written: str) -> None:
    with pytest.raises(BadArgument, match=r"^--lag: .* is no time: write it like 80ms or 0\.08s"):
        BadNetwork.parse({"lag": written}, lambda name: f"--{name}")


@pytest.mark.parametrize("written", ["1", "1%", "0.01/min", "-1%/min", "1%/s"])
def test_what_is_no_chance_is_told_how_one_is_written(written: str) -> None:
    with pytest.raises(BadArgument, match=r"^drop: .* is no chance: write it like 1%/min"):
        BadNetwork.parse({"drop": written})


def test_too_much_is_refused_with_what_there_is() -> None:
    with pytest.raises(BadArgument, match=r"'5\.1s' is more than 5s, the most there is"):
        BadNetwork.parse({"jitter": "5.1s"})
    with pytest.raises(BadArgument, match="a chance of less than 100%, such as 50%/min"):
        BadNetwork.parse({"drop": "100%/min"})


def test_a_query_says_the_same_as_its_settings() -> None:
    wanted = {"lag": "80ms", "jitter": "0.02s", "drop": "1%/min"}
    assert bad_network.asked(bad_network.query(wanted)[1:]) == BadNetwork.parse(wanted)
    assert bad_network.query({"lag": "", "drop": " "}) == ""
    assert bad_network.asked("token=abc&room=dots") is None
    assert bad_network.asked("lag=0&room=dots") == NOT_BAD


def test_words_tell_all_of_it_and_nothing_else() -> None:
    assert str(BadNetwork(lag=0.08)) == "80 ms late each way"
    assert str(BadNetwork(jitter=0.02)) == "0 ms ± 20 ms late each way"
    assert str(BadNetwork(drop=0.5)) == "each connection cut with a chance of 50% a minute"
    assert not NOT_BAD


# ---------------------------------------------------------------------- one direction


@given(
    st.integers(0, 10_000),
    st.floats(0, 0.2),
    st.floats(0, 0.3),
    st.lists(st.floats(0, 0.05), min_size=1, max_size=40),
)
def test_whatever_the_jitter_all_comes_out_in_order_and_none_too_early(
    seed: int, lag: float, jitter: float, gaps: list[float]
) -> None:
    scheduler = ManualScheduler()
    line = DelayLine(BadNetwork(lag, jitter), scheduler, random.Random(seed))
    came: list[int] = []
    put: list[float] = []

    def come(number: int) -> None:
        assert scheduler.now() >= put[number] + max(0.0, lag - jitter) - 1e-9
        came.append(number)

    for number, gap in enumerate(gaps):
        put.append(scheduler.now())
        line.put(1, come, number)
        assert number not in came, "nothing happens from inside `put`"
        scheduler.run_for(gap)
        assert line.size == len(put) - len(came)
    scheduler.run_for(lag + jitter + 0.001)
    assert came == list(range(len(gaps)))
    assert line.size == 0
    assert scheduler.calls == []


def test_delays_differ_by_the_jitter_and_follow_from_the_seed() -> None:
    def delays(seed: int) -> list[float]:
        scheduler, found = ManualScheduler(), list[float]()
        line = DelayLine(BadNetwork(0.1, 0.05), scheduler, random.Random(seed))
        for second in range(200):
            line.put(0, lambda: found.append(scheduler.now() % 1))
            scheduler.run_for(1)
            assert len(found) == second + 1
        return found

    assert delays(1) == delays(1) != delays(2)
    assert 0.05 <= min(delays(1)) < 0.06
    assert 0.14 < max(delays(1)) <= 0.152  # a call comes at a whole millisecond


def test_a_line_that_is_held_keeps_what_is_due_and_one_that_is_cleared_forgets_it() -> None:
    scheduler, came = ManualScheduler(), list[int]()
    line = DelayLine(BadNetwork(0.1), scheduler, random.Random(1))
    line.put(5, came.append, 1)
    line.hold()
    scheduler.run_for(1)
    line.put(5, came.append, 2)
    assert (came, line.size) == ([], 10)
    line.go_on()
    scheduler.run_for(1)
    assert came == [1, 2]
    line.put(5, came.append, 3)
    line.clear()
    scheduler.run_for(1)
    assert (came, line.size) == ([1, 2], 0)


# ---------------------------------------------------------------------- connections that are cut


class Cuts:
    """Connections through a network, on a clock that the test turns."""

    def __init__(self, network: BadNetwork, seed: int = 1) -> None:
        self.scheduler = ManualScheduler()
        self.peers: list[RecordingPeer] = []
        self.lagging = Lagging(self._accept, Limits(unread=1000), self.scheduler, random.Random(seed))
        self.accept = self.lagging.acceptor(network)

    def _accept(self, connection, wire, address, now) -> RecordingPeer:  # type: ignore[no-untyped-def]
        self.peers.append(RecordingPeer(connection, wire, address, now))
        return self.peers[-1]


def test_of_many_connections_as_many_are_cut_in_a_minute_as_was_asked_for() -> None:
    cuts = Cuts(BadNetwork(drop=0.2))
    connections = [FakeConnection(1000) for _ in range(2000)]
    for connection in connections:
        cuts.accept(connection, WIRE, "1.2.3.4", 0.0)
    shares = []
    for _ in range(3):
        left = [one for one in connections if not one.aborted]
        cuts.scheduler.run_for(60)
        shares.append(sum(one.aborted for one in left) / len(left))
    assert all(0.16 < share < 0.24 for share in shares), shares


def test_who_has_gone_is_not_cut_any_more() -> None:
    cuts = Cuts(BadNetwork(drop=0.5))
    connection = FakeConnection(1000)
    peer = cuts.accept(connection, WIRE, "1.2.3.4", 0.0)
    peer.gone(0.0, clean=True)
    cuts.scheduler.run_for(3600)
    assert not connection.aborted
    assert cuts.peers[0].told == ["gone, clean"]


def test_a_network_that_is_not_bad_puts_nothing_in_between() -> None:
    cuts = Cuts(NOT_BAD)
    connection = FakeConnection(1000)
    assert cuts.accept(connection, WIRE, "1.2.3.4", 0.0) is cuts.peers[0]
    assert cuts.peers[0].connection is connection


def test_what_comes_in_is_held_back_at_the_sender_once_much_waits() -> None:
    cuts = Cuts(BadNetwork(lag=1))
    connection = FakeConnection(1000)
    peer = cuts.accept(connection, WIRE, "1.2.3.4", 0.0)
    now = cuts.scheduler.now()
    assert peer.receive(b"x" * 900, now) == 0
    assert peer.receive(b"x" * 900, now) > 0
    assert peer.read_on(now) > 0
    cuts.scheduler.run_for(1)
    assert peer.read_on(now) == 0
    assert [len(data) for data in cuts.peers[0].received] == [900, 900]
