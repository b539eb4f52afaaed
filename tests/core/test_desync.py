"""The programs' hashes of their own states: what differs is found, once, and who."""

from roomcast.core.desync import PATIENCE, Checks


def checks(*reports: tuple[str, int, str]) -> Checks:
    made = Checks()
    for player, seq, digest in reports:
        made.add(player, seq, digest, 0.0)
    return made


def test_equal_states_are_nothing_to_tell() -> None:
    assert checks(("Ada", 10, "x"), ("Alan", 10, "x")).find(0.0) is None


def test_who_differs_from_most_is_named_with_the_place() -> None:
    found = checks(("Ada", 10, "x"), ("Alan", 10, "y"), ("Grace", 10, "x")).find(0.0)
    assert found == (10, ["Alan"])


def test_the_earliest_difference_counts() -> None:
    made = checks(("Ada", 10, "x"), ("Alan", 10, "x"), ("Alan", 20, "z"), ("Ada", 20, "y"), ("Ada", 30, "a"))
    assert made.find(0.0) == (20, ["Ada"])


def test_a_place_waits_for_everybody_who_checks() -> None:
    made = checks(("Ada", 10, "x"), ("Alan", 10, "x"), ("Grace", 10, "x"))
    assert made.find(0.0) is None
    made.add("Ada", 20, "x", 1.0)
    made.add("Alan", 20, "y", 1.0)
    assert made.find(1.0) is None  # Grace may agree with Alan
    made.add("Grace", 20, "y", 1.5)
    assert made.find(1.5) == (20, ["Ada"])


def test_who_is_the_first_to_check_is_compared_with_those_who_come_later() -> None:
    made = checks(("Ada", 10, "x"))
    assert made.find(0.0) is None
    made.add("Alan", 10, "y", 1.0)
    assert made.find(1.0) == (10, ["Alan"])


def test_a_place_does_not_wait_for_ever() -> None:
    made = checks(("Ada", 10, "x"), ("Alan", 10, "x"), ("Grace", 10, "x"))
    assert made.find(0.0) is None
    made.add("Ada", 20, "x", 1.0)
    made.add("Alan", 20, "y", 1.0)
    assert made.find(1.0 + PATIENCE) == (20, ["Alan"])


def test_nobody_waits_for_one_who_has_gone() -> None:
    made = checks(("Ada", 10, "x"), ("Alan", 10, "x"), ("Grace", 10, "x"))
    assert made.find(0.0) is None
    made.forget("Grace")
    made.add("Ada", 20, "x", 1.0)
    made.add("Alan", 20, "y", 1.0)
    assert made.find(1.0) == (20, ["Alan"])


def test_only_the_first_difference_is_told() -> None:
    made = checks(("Ada", 10, "x"), ("Alan", 10, "y"))
    assert made.find(0.0) is not None
    made.add("Ada", 20, "x", 1.0)
    made.add("Alan", 20, "y", 1.0)
    assert made.find(9.0) is None


def test_a_stranger_cannot_fill_the_memory_with_places() -> None:
    made = Checks()
    for seq in range(1, 10_000):
        made.add("Ada", seq, "x", 0.0)
        made.add("Alan", -seq, "x", 0.0)
    assert len(made._places) <= 50
