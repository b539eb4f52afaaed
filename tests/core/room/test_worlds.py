"""The world of a room: whom it is asked of, what is taken, who is named."""

import hashlib
from types import SimpleNamespace
from typing import Final

import pytest

from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.messages import SavedWorld
from roomcast.core.room import worlds as asked_worlds
from roomcast.core.room.fold import EMPTY
from roomcast.core.room.log import Log
from roomcast.core.room.starting_points import StartingPoint, StartingPoints
from roomcast.core.room.worlds import AGAIN, ANSWER_WITHIN, EVERY, Verdict, Worlds

TEXT: Final = '{"world":{"dots":[1,2]}}'
OTHER: Final = '{"world":{"dots":[9,9]}}'


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def asked(players: list[str], *, limits: Limits | None = None, seq: int = 100) -> tuple[Worlds, str, list[str]]:
    """A room that has just asked: its worlds, who sends all, and who confirms."""
    worlds = Worlds(limits or Limits())
    worlds.knows()
    assert worlds.due == 0
    worlds.mark(StartingPoint(seq, 5_000, EMPTY))
    question = worlds.ask(players, 10.0, known=True)
    assert question is not None
    source, *others = question[1]
    return worlds, source, others


def judged(verdict: Verdict | None) -> Verdict:
    assert verdict is not None
    return verdict


def test_a_world_is_taken_when_a_second_player_says_the_same() -> None:
    worlds, source, (other,) = asked(["red", "blue"])
    assert worlds.answer(source, SavedWorld(100, digest(TEXT), TEXT), 10.0) is None
    verdict = judged(worlds.answer(other, SavedWorld(100, digest(TEXT)), 10.0))
    assert verdict.world is not None
    assert (verdict.world.seq, verdict.world.text, verdict.world.snapshot.at) == (100, TEXT, 5_000)
    assert (verdict.differing, verdict.undecided) == (frozenset(), False)


def test_in_pieces_and_in_any_order_of_answers() -> None:
    worlds, source, (other,) = asked(["red", "blue"])
    assert worlds.answer(other, SavedWorld(100, digest(TEXT)), 10.0) is None
    assert worlds.answer(source, SavedWorld(100, digest(TEXT), TEXT[:5], more=True), 10.0) is None
    verdict = judged(worlds.answer(source, SavedWorld(100, "", TEXT[5:]), 10.0))
    assert verdict.world is not None
    assert verdict.world.text == TEXT


def test_one_who_is_alone_is_believed() -> None:
    worlds, source, others = asked(["red"])
    assert others == []
    assert judged(worlds.answer(source, SavedWorld(100, digest(TEXT), TEXT), 10.0)).world is not None


def test_at_most_three_are_asked_and_each_sends_all_in_turn() -> None:
    worlds = Worlds(Limits())
    worlds.knows()
    players = ["a", "b", "c", "d"]
    sources = []
    for turn in range(8):
        worlds.mark(StartingPoint(turn + 1, 0, EMPTY))
        question = worlds.ask(players, float(turn), known=True)
        assert question is not None
        assert len(question[1]) == 3
        sources.append(question[1][0])
        assert worlds.judge_late(turn + ANSWER_WITHIN) is not None
    assert set(sources) == set(players)


@pytest.mark.parametrize("liar", [0, 1, 2])
def test_one_of_three_who_differs_is_named_and_its_world_is_not_taken(liar: int) -> None:
    worlds, source, others = asked(["a", "b", "c"])
    everyone = [source, *others]
    verdicts = []
    for place, player in enumerate(everyone):
        text = OTHER if place == liar else TEXT
        verdicts.append(worlds.answer(player, SavedWorld(100, digest(text), text if player == source else ""), 10.0))
    assert judged(verdicts[-1]).differing == {everyone[liar]}
    assert not judged(verdicts[-1]).undecided
    taken = [verdict.world.text for verdict in verdicts if verdict is not None and verdict.world is not None]
    assert taken == ([] if liar == 0 else [TEXT])
    assert (worlds.due == 0) == (liar == 0)  # another one is asked at once


def test_of_two_who_differ_nobody_is_believed() -> None:
    worlds, source, (other,) = asked(["a", "b"])
    worlds.answer(source, SavedWorld(100, digest(OTHER), OTHER), 10.0)
    verdict = judged(worlds.answer(other, SavedWorld(100, digest(TEXT)), 10.0))
    assert (verdict.world, verdict.differing, verdict.undecided) == (None, {"a", "b"}, True)
    assert worlds.due > 100  # not over and over


@pytest.mark.parametrize(
    "answers",
    [
        [SavedWorld(100, digest(TEXT), OTHER)],  # it says one thing and sends another
        [SavedWorld(100, "", OTHER), SavedWorld(100, digest(TEXT))],
        [SavedWorld(100, digest(TEXT), TEXT[:5], more=True), SavedWorld(100, "", OTHER[5:])],
    ],
)
def test_who_says_one_hash_and_sends_another_text_is_named(answers: list[SavedWorld]) -> None:
    worlds, source, others = asked(["a", "b", "c"])
    for other in others:
        assert worlds.answer(other, SavedWorld(100, digest(TEXT)), 10.0) is None
    verdicts = [worlds.answer(source, one, 10.0) for one in answers]
    verdict = judged(verdicts[-1])
    assert verdict.world is None
    assert verdict.differing == {source}


def test_answers_of_others_and_about_other_places_are_passed_over() -> None:
    worlds, source, (other,) = asked(["a", "b"])
    assert worlds.answer("stranger", SavedWorld(100, digest(TEXT), TEXT), 10.0) is None
    assert worlds.answer(source, SavedWorld(99, digest(OTHER), OTHER), 10.0) is None
    assert worlds.answer(other, SavedWorld(100, digest(TEXT), OTHER), 10.0) is None  # only its hash counts
    assert worlds.answer(other, SavedWorld(100, digest(OTHER)), 10.0) is None  # the first one counts
    assert judged(worlds.answer(source, SavedWorld(100, digest(TEXT), TEXT), 10.0)).world is not None
    assert worlds.answer(source, SavedWorld(100, digest(TEXT), TEXT), 10.0) is None  # it is over


@pytest.mark.parametrize("piece", ["x" * 100, "é" * 50, "🎲" * 25])
def test_more_bytes_than_may_be_are_not_kept_in_memory(piece: str) -> None:
    worlds, source, _ = asked(["a"], limits=Limits(world_size=1000))
    for _ in range(50):
        assert worlds.answer(source, SavedWorld(100, digest(TEXT), piece, more=True), 10.0) is None
    question = worlds._question
    assert question is not None
    assert len("".join(question.parts).encode()) == 1000
    assert judged(worlds.judge_late(10.0 + ANSWER_WITHIN)).world is None


def test_one_that_answers_too_late_is_not_waited_for() -> None:
    worlds, source, _ = asked(["a", "b"])
    assert worlds.answer(source, SavedWorld(100, digest(TEXT), TEXT), 10.0) is None
    assert worlds.judge_late(10.0 + ANSWER_WITHIN - 0.1) is None
    assert judged(worlds.judge_late(10.0 + ANSWER_WITHIN)).world is not None


def test_one_that_leaves_is_not_waited_for() -> None:
    worlds, source, (other,) = asked(["a", "b"])
    worlds.forget(other)
    assert judged(worlds.answer(source, SavedWorld(100, digest(TEXT), TEXT), 10.0)).world is not None
    worlds, source, (other,) = asked(["a", "b"])
    worlds.forget(source)
    assert worlds.due == 0  # another one is asked
    assert worlds.answer(other, SavedWorld(100, digest(TEXT)), 10.0) is None


def test_one_that_cannot_say_is_asked_again_soon() -> None:
    worlds, source, _ = asked(["a", "b"])
    assert judged(worlds.answer(source, SavedWorld(100), 10.0)).world is None
    worlds.sweep(6_000, 0, 10.0 + AGAIN - 0.1)
    assert worlds.due > 0
    worlds.sweep(6_000, 0, 10.0 + AGAIN)
    assert worlds.due == 0


def test_it_is_asked_for_by_entries_by_bytes_and_by_time_but_not_where_nothing_happens() -> None:
    worlds, source, _ = asked(["a"], limits=Limits(kept_entries=400, kept_bytes=4000))
    world = judged(worlds.answer(source, SavedWorld(100, digest(TEXT), TEXT), 10.0)).world
    assert world is not None
    worlds.take(world)
    assert worlds.due == 200
    worlds.sweep(5_000, 0, 10.0 + 2 * EVERY)  # nothing happened
    assert worlds.due == 200
    worlds.sweep(6_000, 1001, 11.0)
    assert worlds.due == 0
    worlds.mark(StartingPoint(150, 6_000, EMPTY))
    worlds.marked = None
    worlds.sweep(6_000, 0, 10.0 + EVERY)
    assert worlds.due == 0


def test_nobody_who_knows_it_nobody_is_asked() -> None:
    worlds = Worlds(Limits())
    worlds.sweep(6_000, 10**9, 1e9)
    assert worlds.due == float("inf")
    worlds.knows()
    worlds.mark(StartingPoint(1, 0, EMPTY))
    assert worlds.ask([], 10.0, known=False) is None
    assert worlds.due == float("inf")


# ---------------------------------------------------------------------- where others begin who run what was before


def test_there_is_always_a_place_to_begin_in_the_kept_part_of_the_log() -> None:
    points, log = StartingPoints(80), Log()
    for seq in range(1, 1000):
        log.append(seq, b"{}")
        log.trim(80, 10**6, seq)
        if seq >= points.due or log.gone > points.gone:
            points.note(StartingPoint(seq, seq * 10, EMPTY), log)
        found = points.earliest(log.gone, seq)
        assert found is not None
        assert log.gone <= found.seq <= log.gone + 2 * 80 // 8
    assert len(points._points) <= 10


def test_no_place_that_is_not_committed_is_begun_at() -> None:
    points = StartingPoints(80)
    log = Log()
    for seq in range(1, 11):
        log.append(seq, b"{}")
    points.note(StartingPoint(10, 100, EMPTY), log)
    assert points.earliest(5, 9) is None
    assert points.earliest(5, 10) is not None


def test_a_second_one_that_agrees_is_enough_whatever_the_third_does() -> None:
    worlds, source, (second, third) = asked(["a", "b", "c"])
    assert worlds.answer(second, SavedWorld(100, digest(TEXT)), 10.0) is None
    assert judged(worlds.answer(source, SavedWorld(100, digest(TEXT), TEXT), 10.0)).world is not None
    late = judged(worlds.answer(third, SavedWorld(100, digest(OTHER)), 11.0))
    assert (late.world, late.differing) == (None, {third})


def test_who_waits_for_a_world_lets_it_be_asked_for_where_somebody_knows_one() -> None:
    worlds = Worlds(Limits())
    assert not worlds.want()
    worlds.knows()
    worlds.mark(StartingPoint(7, 0, EMPTY))
    assert worlds.want()
    assert worlds.marked is not None  # it is being asked for already
    assert worlds.ask([], 10.0, known=True) is None
    assert worlds.want()
    assert worlds.due > 7  # not at once: that was in vain
    worlds.sweep(0, 0, 10.0 + AGAIN / 2)
    assert worlds.due > 7
    worlds.sweep(0, 0, 10.0 + AGAIN)
    assert worlds.due == 0


def test_those_who_differ_cannot_have_the_others_save_their_state_over_and_over() -> None:
    worlds, source, (other,) = asked(["a", "b"])
    worlds.answer(source, SavedWorld(100, digest(TEXT), TEXT), 10.0)
    assert judged(worlds.answer(other, SavedWorld(100, digest(OTHER)), 10.0)).undecided
    assert worlds.want()
    assert worlds.due > 100
    worlds.sweep(5_000, 0, 10.0 + AGAIN)
    assert worlds.due == 0


def test_a_text_is_hashed_once_however_many_answers_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are short, and it is not: who sends them could have it hashed over and over."""
    hashed = []

    def sha256(text: bytes) -> object:
        hashed.append(len(text))
        return hashlib.sha256(text)

    monkeypatch.setattr(asked_worlds, "hashlib", SimpleNamespace(sha256=sha256))
    worlds, source, (second, third) = asked(["a", "b", "c"])
    worlds.answer(source, SavedWorld(100, digest(OTHER), TEXT), 10.0)  # not what it is the hash of
    for player in (source, second) * 20:
        assert worlds.answer(player, SavedWorld(100, digest(OTHER)), 10.0) is None
    assert judged(worlds.answer(third, SavedWorld(100, digest(OTHER)), 10.0)).differing == {source}
    assert hashed == [len(TEXT)]


def test_where_nobody_waits_a_question_that_was_in_vain_is_not_asked_again_before_anything_happens() -> None:
    worlds = Worlds(Limits())
    worlds.knows()
    worlds.mark(StartingPoint(7, 0, EMPTY))
    assert worlds.ask([], 10.0, known=True) is None
    worlds.sweep(0, 0, 10.0 + AGAIN)
    assert worlds.due > 7


def test_an_answer_to_an_earlier_question_about_the_same_place_is_passed_over() -> None:
    worlds, source, (other,) = asked(["a", "b"])
    assert worlds.answer(other, SavedWorld(100, digest(OTHER), at=4_000), 10.0) is None
    assert worlds.answer(source, SavedWorld(100, digest(TEXT), TEXT, at=5_000), 10.0) is None
    verdict = judged(worlds.answer(other, SavedWorld(100, digest(TEXT), at=5_000), 10.0))
    assert (verdict.world is not None, verdict.differing) == (True, frozenset())
