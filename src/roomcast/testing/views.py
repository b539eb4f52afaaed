"""What one program was told of its room, and what it did there: held against the truth at every step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from roomcast.core.client.client_core import Closed, Event, Joined, Offline, Resumed
from roomcast.core.protocol.messages import Do, Entry, Error, Hidden, Set, Skipped
from roomcast.core.protocol.names import PARCEL
from roomcast.core.room.fold import RoomState
from roomcast.testing import invariants
from roomcast.testing.chronicle import Chronicle, Doing


@dataclass(frozen=True, slots=True)
class Place:
    """Where a welcome led a program."""

    chronicle: Chronicle
    away_for: float  # seconds since the server knew that it had lost the session's connection
    window: float  # seconds after which the server may forget it


class View:
    """One program's. `follow` takes in each event when the program has run it."""

    def __init__(self, name: str, counts: Counter[str], trace: Callable[[str, str], None]) -> None:
        self.name = name
        self.me = ""  # its player's id
        self.chronicle: Chronicle  # of the room that it reads from, since its first welcome
        self.seq = 0  # of the last entry that it has run
        self.sessions = 0  # that it has had
        self.doings: list[Doing] = []  # all that it did, in order
        self.own: dict[int, int] = {}  # by number of its doing: the seq at which it came back
        self.acknowledged = -1  # the last of those that ever came back: these are not sent again
        self.undone: set[int] = set()  # numbers of those that came back, and of which it was told that they are undone
        self.excused = 0  # how many of the others it was told are refused, lost, or not heard of
        self.heard = 0  # entries
        self.missed = 0  # times that it was told of a skip or of a loss
        self.commands = 0  # that it has run
        self.shared = False  # its session has been another program's, too, which may have left for both
        self.present = True  # the program is to be in the room in the end
        self._counts = counts
        self._trace = trace

    def __str__(self) -> str:
        return self.name

    def find(self, doing: Doing, start: int) -> int | None:
        """The number of the first such doing from a number on."""
        for number in range(start, len(self.doings)):
            if self.doings[number] == doing:
                return number
        return None

    def receive(self, events: Iterable[Event], chronicle: Chronicle) -> None:
        """These have arrived; the program runs them later."""
        for event in events:
            if (type(event) is Do or type(event) is Set) and event.s in chronicle.whose:
                view, number = chronicle.whose[event.s]
                if view is self:
                    self.acknowledged = number

    def follow(self, event: Event, state: RoomState, place: Place | None) -> None:
        """The program has run an event, and has this state now. `place`: where a welcome led."""
        if isinstance(event, Entry | Hidden):
            invariants.in_order(self, event)
            self.seq = event.s
            self.heard += 1
            self.commands += type(event) is Do and event.c != PARCEL
            if type(event) is Do or type(event) is Set:
                view, number = self.chronicle.whose.get(event.s, (None, 0))
                if view is self:
                    self.own[number] = event.s
            if type(event) is not Do and type(event) is not Hidden:
                invariants.is_the_fold(self, state, self.chronicle, self.seq)
        elif isinstance(event, Joined):
            assert place is not None
            self._join(event, place)
            invariants.is_the_fold(self, state, self.chronicle, self.seq)
        elif isinstance(event, Resumed):
            assert place is not None
            invariants.resumed_with_all_it_saw(self, place.chronicle)
            self.chronicle = place.chronicle
            self._tell("told: resumed", f"goes on after {self.seq}, having missed {event.missed}")
        elif isinstance(event, Skipped):
            invariants.skipped_for_a_reason(self, event)
            self.seq = event.last
            self.missed += 1
            invariants.is_the_fold(self, state, self.chronicle, self.seq)
            self._tell("told: skipped", f"skips from {event.first} to {event.last}")
        elif isinstance(event, Error):
            self._refuse(event)
        elif isinstance(event, Closed):
            invariants.closed_for_a_reason(self, event)
            self.present = False
            self._tell(f"told: closed, {event.code}", f"is out: {event.code}")
        elif isinstance(event, Offline):
            self._tell("told: offline", f"is offline: {event.why}")

    def _join(self, joined: Joined, place: Place) -> None:
        chronicle = place.chronicle
        if self.sessions and joined.me == self.me and "are undone" in joined.lost:
            invariants.lost_for_a_reason(self, chronicle, joined.lost)
            self._tell("told: lost to a crash", f"is told: {joined.lost}")
        else:
            invariants.told_of_a_new_session(self, chronicle, joined.lost, place.away_for, place.window)
            self.sessions += 1
            self.excused += joined.dropped
            self._tell("told: joined", f"is {joined.me}, at {joined.seq}{'; ' + joined.lost if joined.lost else ''}")
        if joined.lost:
            self.missed += 1
            common = self.chronicle.common(chronicle)
            gone = [number for number, seq in self.own.items() if seq > common]
            for number in gone:
                del self.own[number]
            self.undone.update(gone)
        self.me, self.seq, self.chronicle = joined.me, joined.seq, chronicle

    def _refuse(self, error: Error) -> None:
        if error.code not in ("rate", "disk"):
            self.excused += 1
        self._tell(f"told: error {error.code}", f"is told: {error.code}")

    def _tell(self, count: str, what: str) -> None:
        self._counts[count] += 1
        self._trace(self.name, what)
