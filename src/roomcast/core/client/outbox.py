"""The messages of a client that are not acknowledged, oldest first: those to be written, and those that are written.

A program hands its messages over from any thread, and from signal handlers, which may run between any two steps of
another call. So handing over is one step, `handed.append`; all else is done by one owner, who writes to the network.

A message gets its number when it is written. So one that is dropped before leaves no hole in the numbers, and what a
lost connection has not brought to the server waits again, like all that was never written.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Final, TypeAlias

import msgspec

from roomcast.core.client.pending_answer import PendingAnswer
from roomcast.core.protocol import codec
from roomcast.core.protocol.ask_message import AskRequest
from roomcast.core.protocol.messages import DoRequest, SetRequest


@dataclass(frozen=True, slots=True)
class Outdating:
    """When a command is outdated, as the program says at the call."""

    latest: bool = False  # as soon as a newer one of its name and its receivers waits, which has `latest` as well
    ttl: float = inf  # seconds: when it has waited for longer


@dataclass(frozen=True, slots=True)
class Freshness:
    """When a message that is not written yet is outdated: it is dropped then."""

    latest: bool = False  # as in `Outdating`
    until: float = inf  # monotonic seconds: after this
    answer: PendingAnswer | None = None  # of an ask: who waits for its answer


Request: TypeAlias = DoRequest | SetRequest | AskRequest
"""What a client sends under a number."""

Unsent: TypeAlias = tuple[Request, bytes, float | None, Freshness | None]
"""A message that is to be written, with the number that it is likely to get; the same encoded; when the program handed
it over (monotonic seconds; 0: not known), None where it was written to an earlier connection; when it is outdated.
"""


class Outbox:
    """The messages of one session that are not acknowledged."""

    __slots__ = ("_fresh", "expires", "handed", "n", "newest", "outdated", "unsent", "waiting")

    def __init__(self) -> None:
        self.handed: Final[deque[Unsent]] = deque()  # anyone appends, the owner alone takes
        self.unsent: deque[Unsent] = deque()  # taken from there; to be counted by anyone, changed here alone
        self.waiting: deque[Request] = deque()  # written; to be read by anyone, changed here alone
        self.n = 0  # number of the newest of these
        self.newest = 0  # `n`, and how many are unsent: the number that the newest of those is likely to get
        self.outdated = 0  # how many messages were dropped because they were outdated
        self.expires = inf  # when the first of `unsent` may be too old (monotonic seconds)
        self._fresh: dict[int, Freshness] = {}  # by number: of those in `waiting` that have one

    def __len__(self) -> int:
        return len(self.handed) + len(self.unsent) + len(self.waiting)

    @property
    def next_number(self) -> int:
        """The number of a message that is handed over now, unless another comes first, or one is dropped."""
        return self.newest + len(self.handed) + 1

    # ------------------------------------------------------------------ to be written

    def take_over(self) -> None:
        """Keep the oldest message that was handed over, of which there must be one."""
        one = self.handed[0]
        freshness = one[3]
        if freshness is not None:
            if freshness.latest:
                self._drop_older(_kind(one[0]))
            self.expires = min(self.expires, freshness.until)
        self.unsent.append(one)
        self.newest += 1
        self.handed.popleft()  # last: who counts from another thread must not miss it

    def add(self, message: Request) -> None:
        """Keep a message of the client's own, to be written after all that was taken over."""
        self.unsent.append((message, codec.encode(message), 0.0, None))
        self.newest += 1

    def add_written(self, message: Request) -> None:
        """Keep a message, numbered `n + 1`, that is being written now. Nothing may be unsent."""
        self.n = self.newest = message.n
        self.waiting.append(message)

    def write(self, size: int, *, at_least_one: bool) -> list[bytes]:
        """The next lines for a frame, of at most `size` bytes with their line ends. They count as written.

        With `at_least_one`, the first line is returned whatever its size.
        """
        unsent, waiting, n = self.unsent, self.waiting, self.n + 1
        lines: list[bytes] = []
        while unsent:
            message, line, _, freshness = unsent[0]
            if message.n != n:
                message = msgspec.structs.replace(message, n=n)
                line = codec.encode(message)
            size -= len(line) + 1
            if size < 0 and (lines or not at_least_one):
                break
            if freshness is not None:
                self._fresh[n] = freshness
            waiting.append(message)
            unsent.popleft()
            lines.append(line)
            n += 1
        self.n = n - 1
        return lines

    def drop_too_old(self, now: float) -> None:
        """Drop what is to be written and is too old by now."""
        fresh: list[Unsent] = []
        newer: dict[Hashable, float] = {}  # of the dropped ones with `latest`: until when, by kind
        for one in self.unsent:
            if one[3] is None or now <= one[3].until:
                fresh.append(one)
                continue
            self.outdated += 1
            if one[3].latest:
                newer[_kind(one[0])] = one[3].until
        self._replace_unsent(fresh)
        if newer:
            self._outdate_written(newer)

    def drop_unsent(self, fits: Callable[[Unsent], bool]) -> list[Request]:
        """Drop messages that are to be written and do not fit. Returns them."""
        kept: list[Unsent] = []
        dropped: list[Request] = []
        for one in self.unsent:
            if fits(one):
                kept.append(one)
            else:
                dropped.append(one[0])
        if dropped:
            self._replace_unsent(kept)
        return dropped

    # ------------------------------------------------------------------ written

    def acknowledge(self, n: int) -> Request | None:
        """Message `n` came back, or was refused: forget it. Returns it, None if it was not kept."""
        waiting = self.waiting
        if self._fresh:
            self._fresh.pop(n, None)
        if waiting and waiting[0].n == n:
            return waiting.popleft()
        for place, message in enumerate(waiting):  # a refusal comes at once, an entry a moment later
            if message.n == n:
                del waiting[place]
                return message
        return None

    def answer_to(self, n: int) -> PendingAnswer | None:
        """Who waits for the answer to message `n`, if somebody does."""
        freshness = self._fresh.get(n)
        return None if freshness is None else freshness.answer

    def numbers(self, upto: int) -> list[int]:
        """Of the messages up to that number: those that are kept, and somebody waits for their answers."""
        return [n for n, freshness in self._fresh.items() if n <= upto and freshness.answer is not None]

    def give_up(self, code: str, message: str) -> list[PendingAnswer]:
        """No answers come any more: fail all that somebody waits for, and return them."""
        waiting = [*self._fresh.values(), *(one[3] for one in [*self.unsent, *self.handed] if one[3] is not None)]
        return _failed(waiting, code, message)

    def settle(self, n: int) -> list[int]:
        """Forget all messages up to number `n`. Returns the numbers of those that were kept."""
        waiting, settled = self.waiting, []
        while waiting and waiting[0].n <= n:
            settled.append(waiting.popleft().n)
            self._fresh.pop(settled[-1], None)
        return settled

    def count_from(self, n: int) -> None:
        """On a new connection of the session: write again every message after `n`, the last that the server received.

        Those that the server has not received are unsent again, and of `latest` the newest alone. They go under the
        numbers that the server expects: other ones, where some are dropped, and where a crash has made the server
        forget that it refused some.
        """
        had = [message for message in self.waiting if message.n <= n]
        again: list[Unsent] = [
            (message, codec.encode(message), None, self._fresh.pop(message.n, None))
            for message in self.waiting
            if message.n > n
        ]
        self.n = n
        self._replace_unsent(self._newest(again + list(self.unsent)))
        self.waiting = deque(had)

    def start_anew(self) -> tuple[int, list[PendingAnswer]]:
        """In a new session, numbers begin at 1. What was never written is kept.

        Returns how many others there were: they are dropped; and the answers that will not come.
        """
        never_written = [one for one in self.unsent if one[2] is not None]
        dropped = len(self.waiting) + len(self.unsent) - len(never_written)
        self.n = 0
        lost = [one[3] for one in self.unsent if one[2] is None and one[3] is not None]
        unanswered = _failed([*self._fresh.values(), *lost], "unanswered", "the server began anew before it answered")
        self._replace_unsent(never_written)
        self.waiting.clear()
        self._fresh.clear()
        return dropped, unanswered

    def take_back(self) -> Request:
        """Forget the newest message, which `add_written` has kept and nobody has written."""
        self.n -= 1
        self.newest -= 1
        return self.waiting.pop()

    # ------------------------------------------------------------------ outdated

    def _drop_older(self, kind: Hashable) -> None:
        """A newer message of that kind comes: drop the one that waits, if there is one."""
        unsent = self.unsent
        for back, one in enumerate(reversed(unsent), 1):
            if one[3] is not None and one[3].latest and _kind(one[0]) == kind:
                del unsent[-back]
                self.newest -= 1
                self.outdated += 1
                return

    def _outdate_written(self, newer: Mapping[Hashable, float]) -> None:
        """Messages with `latest` are dropped that were newer than those written: these are not written again."""
        for message in self.waiting:
            freshness = self._fresh.get(message.n)
            if freshness is not None and freshness.latest:
                until = min(freshness.until, newer.get(_kind(message), inf))
                self._fresh[message.n] = replace(freshness, until=until)

    def _newest(self, unsent: list[Unsent]) -> list[Unsent]:
        """Of those with `latest`, the newest of each kind; and all others."""
        kept: list[Unsent] = []
        kinds: set[Hashable] = set()
        for one in reversed(unsent):
            if one[3] is not None and one[3].latest:
                kind = _kind(one[0])
                if kind in kinds:
                    self.outdated += 1
                    continue
                kinds.add(kind)
            kept.append(one)
        return kept[::-1]

    def _replace_unsent(self, unsent: list[Unsent]) -> None:
        self.expires = min((one[3].until for one in unsent if one[3] is not None), default=inf)
        self.unsent = deque(unsent)
        self.newest = self.n + len(unsent)


def _failed(waiting: list[Freshness], code: str, message: str) -> list[PendingAnswer]:
    """The answers that somebody waits for among these, all of which will not come."""
    answers = [one.answer for one in waiting if one.answer is not None and not one.answer.done]
    for answer in answers:
        answer.fail(code, message)
    return answers


def _kind(message: Request) -> Hashable:
    """What two messages have in common of which only the newer one counts: the command, and who gets it."""
    assert isinstance(message, DoRequest)
    return message.c, None if message.to is None else frozenset(message.to)
