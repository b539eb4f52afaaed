"""The world of a room: the programs' own state at one place of the order, for those who come later.

Programs that can save and load their state say so, and count as *knowing* once they have run the room from its
beginning, or from a world. Now and then the room asks some of them for the world at one seq: one for all of it, up to
two others for its hash. It takes a world with which all agree who answered; who differs from most is named.

    marked      the place is chosen: the newest entry, which may not be committed yet
    asked       `save` was sent, in the stream right after that entry, to each of them
    judged      all have answered, or their time is over
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Final, NamedTuple

from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.messages import SavedWorld, Snapshot
from roomcast.core.room.commit_log import World
from roomcast.core.room.desync import who_differs
from roomcast.core.room.fold import snapshot
from roomcast.core.room.starting_points import StartingPoint

CONFIRMING: Final = 2  # other players who are asked for the hash
ANSWER_WITHIN: Final = 5.0  # seconds; a program that is paused answers later, and its answer is not waited for
EVERY: Final = 30.0  # seconds: how old a world may become while anything happens
AGAIN: Final = 2.0  # seconds until the next question, where one was in vain: nobody could say, or no two agree
_PART: Final = 4  # of the kept log: a world is asked for again when so much of it came after the last one


class Verdict(NamedTuple):
    """What became of one question."""

    seq: int  # of the place that was asked about
    world: World | None  # with which all who know it agree; None: not this time
    differing: frozenset[str]  # ids of the players whose answers differ from most
    undecided: bool  # these are all who have answered: nobody knows who is right


@dataclass(slots=True)
class _Question:
    point: StartingPoint
    snapshot: Snapshot
    since: float
    source: str  # id of the player who sends all of it
    asked: frozenset[str]
    hashes: dict[str, str] = field(default_factory=dict)  # by player
    parts: list[str] = field(default_factory=list)  # of the text, as far as it has come
    size: int = 0  # bytes of these, about
    whole: bool = False  # all of it has come
    text: str | None = None  # as `_text_of`, once that was found out; None: not yet
    taken: bool = False  # it was taken, with what the others said until then


class Worlds:
    """The newest world of one room, and the asking for the next. Times are monotonic seconds."""

    __slots__ = (
        "_asked_at",
        "_bytes",
        "_entries",
        "_most",
        "_not_before",
        "_question",
        "_turn",
        "_wanted",
        "due",
        "marked",
        "newest",
    )

    def __init__(self, limits: Limits) -> None:
        self.newest: World | None = None
        self.marked: StartingPoint | None = None  # the place at which to ask next
        self.due: float = inf  # seq from which on a place is to be marked; inf: nobody knows a world
        self._entries = max(1, limits.kept_entries // _PART)
        self._bytes = limits.kept_bytes // _PART
        self._most = limits.world_size
        self._question: _Question | None = None
        self._turn = 0  # who sends all of it, in turn
        self._asked_at = -inf
        self._not_before = -inf  # no question earlier: the last one was in vain
        self._wanted = False  # somebody waits for the next question

    def take(self, world: World) -> None:
        """This is the newest world from now on."""
        self.newest = world

    def knows(self) -> None:
        """Somebody knows the world now."""
        if self.due == inf:
            self.due = 0 if self.newest is None else self.newest.seq + self._entries

    def want(self) -> bool:
        """Somebody waits for a world: let one be asked for, soon. Returns False where nobody knows one."""
        if self.due == inf:
            return False
        if self._question is None and self.marked is None:
            if self._not_before == -inf:
                self.due = 0
            else:
                self._wanted = True
        return True

    @property
    def is_asking(self) -> bool:
        """Whether a question is open."""
        return self._question is not None

    def sweep(self, at: int, grown: int, now: float) -> None:
        """About once a second: where the world is old or wanted, or much has come since, the next one is due.

        `at`: the room's time, as it was told last. `grown`: bytes of the entries since the world.
        """
        if now >= self._not_before:
            self._not_before = -inf
        if self.due == inf or self._question is not None or self.marked is not None:
            return
        since = 0 if self.newest is None else self.newest.snapshot.at
        wanted = self._wanted and self._not_before == -inf
        if wanted or grown > self._bytes or (at > since and now - self._asked_at >= EVERY):
            self.due = 0

    def mark(self, point: StartingPoint) -> None:
        """The world is due: it is asked for at this place, the newest one, once that has been sent."""
        self.marked = point
        self._wanted = False
        self.due = 0  # until it is asked for

    def ask(self, ready: Sequence[str], now: float, *, known: bool) -> tuple[int, tuple[str, ...]] | None:
        """Ask at the marked place, of those who know the world and have been sent all up to there.

        `known`: whether anybody who is connected knows it. Returns the most bytes that it may have, and who is asked:
        the first of them for all of it. None: nobody is.
        """
        point, self.marked = self.marked, None
        if point is not None:
            self.due = point.seq + self._entries
        if point is None or self._question is not None:
            return None
        if not ready:
            self._try_later(now)
            if not known:
                self.due = inf
            return None
        self._turn = (self._turn + 1) % len(ready)
        asked = (*ready[self._turn :], *ready[: self._turn])[: 1 + CONFIRMING]
        self._question = _Question(point, snapshot(point.state, point.at), now, asked[0], frozenset(asked))
        self._asked_at = now
        return self._most, asked

    def answer(self, player: str, saved: SavedWorld, now: float) -> Verdict | None:
        """Take a player's answer, or a piece of it; what nobody asked for is passed over."""
        question = self._question
        if question is None or player not in question.asked or saved.s != question.point.seq:
            return None
        if saved.at and saved.at != question.point.at:
            return None  # of an earlier question about the same place: timers have run since
        if saved.d:
            question.hashes.setdefault(player, saved.d)
        if player == question.source and not question.whole and saved.x:
            question.size += len(saved.x.encode("utf-8", "replace"))
            if question.size <= self._most:
                question.parts.append(saved.x)
                question.whole = not saved.more
        elif player == question.source and not saved.d:
            self._try_later(now)  # it cannot say at the moment
            return self._judge(question, now)
        if not (question.whole and question.source in question.hashes):
            return None
        if len(question.hashes) == len(question.asked):
            return self._judge(question, now)
        if not question.taken and len(question.hashes) > 1 and not who_differs(question.hashes):
            return self._take_early(question)
        return None

    def _try_later(self, now: float) -> None:
        self._asked_at = now - EVERY + AGAIN
        self._not_before = now + AGAIN

    def judge_late(self, now: float) -> Verdict | None:
        """Judge what there is, once the time of those who were asked is over."""
        question = self._question
        if question is None or now - question.since < ANSWER_WITHIN:
            return None
        return self._judge(question, now)

    def forget(self, player: str) -> None:
        """A player's connection has ended: its answer is not waited for."""
        question = self._question
        if question is not None and player in question.asked:
            question.hashes.pop(player, None)
            question.asked -= {player}
            if question.source == player:
                self._question = None
                self.due = 0

    def _take_early(self, question: _Question) -> Verdict | None:
        """A second player says the same: the answer of a third changes nothing but who is named."""
        text = _text_of(question)
        if not text:
            return None
        question.taken = True
        return Verdict(question.point.seq, World(question.point.seq, text, question.snapshot), frozenset(), False)

    def _judge(self, question: _Question, now: float) -> Verdict:
        self._question = None
        point, hashes, source = question.point, question.hashes, question.source
        text = _text_of(question)
        if question.whole and not text:
            hashes[source] = ""  # it says one thing and sends another
        differing = frozenset(who_differs(hashes))
        undecided = bool(differing) and len(differing) == len(hashes)
        if undecided:
            self._not_before = now + AGAIN  # else those who differ could have the others save their state over and over
        elif source in differing:
            self.due = 0  # another one is asked
        right = text and source not in differing and not question.taken
        return Verdict(point.seq, World(point.seq, text, question.snapshot) if right else None, differing, undecided)


def _text_of(question: _Question) -> str:
    """The whole text, if it is that of which its sender has said the hash; else "". Hashed once, for it may be long."""
    if question.text is None:
        text = "".join(question.parts) if question.whole else ""
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        question.text = text if digest == question.hashes.get(question.source) else ""
    return question.text
