"""The programs' hashes of their own states: what differs is found, once, and who."""

from roomcast.core.room.desync import HASHES_WITHIN, StateChecks


class Group:
    """Players in a room, and what was told of their hashes."""

    def __init__(self, *connected: str) -> None:
        self.connected = set(connected)
        self.checks = StateChecks()

    def report(self, seq: int, now: float = 0.0, **digests: str) -> tuple[int, list[str]] | None:
        """Hashes by player, in the order in which they arrive; what is found after the last."""
        for player, digest in digests.items():
            self.checks.add(player, seq, digest, now)
        return self.find(now)

    def find(self, now: float) -> tuple[int, list[str]] | None:
        return self.checks.find(now, lambda: self.connected)


def test_equal_states_are_nothing_to_tell() -> None:
    assert Group("Ada", "Alan").report(10, Ada="x", Alan="x") is None


def test_who_differs_from_most_is_named_with_the_place() -> None:
    assert Group("Ada", "Alan", "Grace").report(10, Ada="x", Alan="y", Grace="x") == (10, ["Alan"])


def test_of_two_nobody_can_tell_who_is_right() -> None:
    assert Group("Ada", "Alan").report(10, Ada="x", Alan="y") == (10, ["Ada", "Alan"])


def test_the_earliest_difference_counts() -> None:
    group = Group("Ada", "Alan", "Grace")
    assert group.report(20, Ada="y", Alan="z") is None
    assert group.report(30, Ada="a", Alan="a", Grace="b") is None
    assert group.report(20, Grace="z") == (20, ["Ada"])


def test_a_place_waits_for_everybody_who_is_connected() -> None:
    group = Group("Ada", "Alan", "Grace")
    assert group.report(20, 1.0, Ada="x", Alan="y") is None  # Grace, of whom nothing was heard yet, may agree with Alan
    assert group.report(20, 1.5, Grace="y") == (20, ["Ada"])


def test_a_place_does_not_wait_for_ever() -> None:
    group = Group("Ada", "Alan", "Grace", "Edsger")
    assert group.report(20, 1.0, Ada="x", Alan="y", Grace="x") is None
    assert group.find(1.0 + HASHES_WITHIN) == (20, ["Alan"])


def test_nobody_waits_for_one_who_has_gone() -> None:
    group = Group("Ada", "Alan", "Grace")
    assert group.report(20, 1.0, Ada="x", Alan="y") is None
    group.connected.remove("Grace")
    assert group.find(1.0) == (20, ["Ada", "Alan"])


def test_only_the_first_difference_is_told() -> None:
    group = Group("Ada", "Alan")
    assert group.report(10, Ada="x", Alan="y") is not None
    assert group.report(20, 9.0, Ada="x", Alan="y") is None


def test_a_stranger_cannot_fill_the_memory_with_places() -> None:
    group = Group("Ada", "Alan")
    for seq in range(1, 10_000):
        group.report(seq, Ada="x")
        group.report(-seq, Alan="x")
    assert len(group.checks._places) <= 50
