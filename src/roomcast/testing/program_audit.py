"""Compares what one program receives and runs with the promises, event by event, and keeps its view up to date."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from roomcast.core.client.client_events import Closed, Event, Joined, Offline, Resumed
from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Do, DoRequest, Entry, Error, Hidden, Set, Skipped, Turn
from roomcast.core.protocol.names import PARCEL
from roomcast.core.room.fold import RoomState
from roomcast.testing import action_invariants, order_invariants, state_invariants, time_invariants, world_invariants
from roomcast.testing.program_view import ProgramView, WelcomeContext
from roomcast.testing.trace import Trace
from roomcast.testing.true_log import TrueLog

_NOT_LOST: Final = frozenset({"rate", "disk"})  # error codes after which the action is sent again


class ProgramAudit:
    """The checks of one program."""

    def __init__(self, view: ProgramView, trace: Trace) -> None:
        self.view = view
        self._trace = trace

    def received(self, events: Iterable[Event], log: TrueLog) -> None:
        """These events have arrived. The program runs them later."""
        for event in events:
            if (type(event) is Do or type(event) is Set) and event.s in log.authors:
                actions, index = log.authors[event.s]
                if actions is self.view.actions:
                    actions.acknowledged = max(actions.acknowledged, index)

    def writes(self, frame: bytes, now: float) -> None:
        """The program is writing a frame: is what it says still fresh?"""
        actions = self.view.actions
        for line in codec.lines_of(frame):
            message = codec.decode_client(line)
            if isinstance(message, DoRequest):
                index = actions.find((message.c, bytes(message.a), message.to), 0)
                if index in actions.fresh:
                    action_invariants.is_fresh(self.view, index, now)

    def ran(self, event: Event, state: RoomState, welcome: WelcomeContext | None) -> None:
        """The program has run an event, and `state` is its state now. `welcome` belongs to Joined and Resumed."""
        view = self.view
        if isinstance(event, Entry | Hidden):
            self._ran_entry(event, state)
        elif isinstance(event, Joined):
            assert welcome is not None
            self._joined(event, welcome)
            state_invariants.is_the_fold(view, state, view.log, view.seq, view.me)
        elif isinstance(event, Resumed):
            assert welcome is not None
            order_invariants.resumed_with_all_it_saw(view, welcome.log)
            view.log = welcome.log
            self._count("event: resumed", f"resumes after entry {view.seq}, having missed {event.missed}")
        elif isinstance(event, Skipped):
            order_invariants.skipped_for_a_reason(view, event)
            time_invariants.timers_in_place(view)
            view.seq = event.last
            view.begin_stretch()
            view.whole, view.taint = bool(view.keeps_world and event.world), 0
            view.missed += 1
            state_invariants.is_the_fold(view, state, view.log, view.seq, view.me)
            self._count("event: skipped", f"skips from {event.first} to {event.last}")
        elif isinstance(event, Error):
            if event.code not in _NOT_LOST:
                view.actions.reported_lost += 1
            if event.code == "unanswered":
                view.unanswered.add(event.n)
            self._count(f"event: error {event.code}", f"gets the error {event.code}")
        elif isinstance(event, Closed):
            action_invariants.closed_for_a_reason(view, event)
            view.present = False
            self._count(f"event: closed, {event.code}", f"is closed: {event.code}")
        elif isinstance(event, Offline):
            self._count("event: offline", f"is offline: {event.why}")

    def _ran_entry(self, entry: Entry | Hidden, state: RoomState) -> None:
        view = self.view
        order_invariants.in_order(view, entry)
        view.seq = entry.s
        view.heard += 1
        if type(entry) is Turn:
            action_invariants.not_given_up_too_soon(view, entry)
        view.commands += type(entry) is Do and entry.c != PARCEL
        if type(entry) is Do or type(entry) is Set:
            actions, index = view.log.authors.get(entry.s, (None, 0))
            if actions is view.actions:
                actions.confirmed[index] = entry.s
        if (type(entry) is not Do and type(entry) is not Hidden) or view.log.rules is not None:
            state_invariants.is_the_fold(view, state, view.log, view.seq, view.me)

    def _joined(self, joined: Joined, welcome: WelcomeContext) -> None:
        view, actions = self.view, self.view.actions
        if view.sessions:
            time_invariants.timers_in_place(view)
        world_invariants.begins_where_it_asked(view, joined.seq, joined.world, welcome)
        if joined.again and not joined.lost:
            view.missed += joined.seq > 0
            self._count("event: begins again", f"begins once more at {joined.seq}")
        elif view.sessions and joined.me == view.me and "are undone" in joined.lost:
            order_invariants.lost_for_a_reason(view, welcome, joined.lost)
            self._count("event: lost to a crash", f"is told of a loss: {joined.lost}")
        else:
            order_invariants.new_session_for_a_reason(view, welcome, joined.lost)
            view.sessions += 1
            view.began = welcome.took_seat - 1
            actions.reported_lost += joined.dropped
            self._count(
                "event: joined", f"joins as {joined.me} at {joined.seq}{'; ' + joined.lost if joined.lost else ''}"
            )
        if joined.lost:
            view.missed += 1
            common = view.log.common(welcome.log)
            gone = [index for index, seq in actions.confirmed.items() if seq > common]
            for index in gone:
                del actions.confirmed[index]
            actions.undone.update(gone)
            # What came back is undone as well where a world had it, or where it came while the program waited for one.
            actions.undone.update(
                index
                for seq, (author, index) in view.log.authors.items()
                if author is actions and seq > common and index <= welcome.acknowledged
            )
        view.unanswered.clear()
        view.me, view.seq, view.log = joined.me, joined.seq, welcome.log
        view.begin_stretch()
        begun = bool(joined.world) or not joined.seq
        view.whole, view.taint = begun and (view.keeps_world or not view.heard), 0  # else its timers go on beside
        if joined.world:
            self._count("event: joined with a world", f"has the world at {joined.seq}")

    def _count(self, kind: str, what: str) -> None:
        self._trace.count(kind, self.view.name, what)
