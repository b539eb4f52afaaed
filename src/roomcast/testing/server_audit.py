"""Compares what the server does with the promises: after each step, every second, and at the end.

It reads the server's rooms and its disk from outside, and keeps the true log of every room.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from roomcast.core.protocol.messages import Desync, Do, Join, Set
from roomcast.core.room.commit_log import Level, World
from roomcast.core.room.room import Room
from roomcast.core.room.worlds import _Question
from roomcast.core.server.directory import Directory
from roomcast.testing import (
    action_invariants,
    bounds_invariants,
    keeping_invariants,
    rules_invariants,
    state_invariants,
    time_invariants,
    world_invariants,
)
from roomcast.testing.actions import RemoteProgram
from roomcast.testing.disk import MemoryStore
from roomcast.testing.promises import FOLD, Broken
from roomcast.testing.true_log import TrueLog

_NOBODY: Final[Mapping[tuple[str, str], RemoteProgram]] = {}


class ServerAudit:
    """The true logs of all rooms of one server, across its restarts."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts
        self._newest: dict[str, TrueLog] = {}  # by the room's name
        self._logs: dict[Room, TrueLog] = {}
        self._asked: dict[Room, _Question] = {}  # what each room has asked for last: a world, and of whom
        self._worlds: dict[Room, World] = {}  # the newest of each room
        self._players: dict[tuple[str, str], list[RemoteProgram]] = {}  # who was let in, by the room's name and the id

    def log_of(self, room: Room) -> TrueLog:
        """The true log of a room as one server process had it open."""
        return self._logs[room]

    def newest(self, log: TrueLog) -> TrueLog:
        """The newest true log of the same room: another one if the room was opened again since."""
        return self._newest[log.room.name]

    @property
    def all_newest(self) -> Iterable[TrueLog]:
        return self._newest.values()

    def let_in(self, room: Room, program: RemoteProgram) -> None:
        """A program is a player of a room."""
        known = self._players.setdefault((room.name, program.player), [])
        if not known or known[-1] is not program:
            known[:] = [one for one in known if one.actions is not program.actions]
            known.append(program)

    def after_step(
        self,
        directory: Directory,
        store: MemoryStore,
        sender: RemoteProgram | None,
        now: float,
        admitted: Mapping[tuple[str, str], RemoteProgram] = _NOBODY,
    ) -> None:
        """Take in what the server just did; `now` is its monotonic clock.

        `sender`: whose bytes it handled, if any. `admitted`: those who had waited for their room to be opened, by the
        room's name and their player id.
        """
        for name, room in directory.rooms.items():
            log = self._logs.get(room) or self._opened(room, store)
            log.until = room.log.time(now)
            if room.log.last > log.last:
                self._counts["server: entry"] += room.log.last - log.last
                for entry in log.new_entries():
                    time_invariants.later_than_the_last(log, entry)
                    time_invariants.rests_while_the_server_is_down(log, entry)
                    log.add(entry)
                    if type(entry) is Do or type(entry) is Set:
                        action_invariants.done_once(log, entry, self._sender_of(log, entry, sender))
                    elif type(entry) is Join:
                        joined = sender or admitted.get((name, entry.by))
                        keeping_invariants.has_its_own_state(log, entry, joined)
                    elif type(entry) is Desync:
                        self._named(room, log, entry)
            self._look_at_world(room, log)
            if log.level is not Level.NONE and self._newest[name] is log:
                log.saved = store.last(name)
                keeping_invariants.seen_when_on_disk(log, room.feed.flushed)

    def _sender_of(self, log: TrueLog, entry: Do | Set, sender: RemoteProgram | None) -> RemoteProgram | None:
        """Whose entry it is. What waited for the rules of its room comes in with what another has sent, or a timer."""
        if log.rules is None:
            return sender
        return action_invariants.author_of(log, entry, self._players.get((log.room.name, entry.by), []))

    def _look_at_world(self, room: Room, log: TrueLog) -> None:
        """Was a question answered, or a world taken?"""
        worlds, before = room._worlds, self._asked.get(room)
        if worlds.newest is not None and worlds.newest is not self._worlds.get(room):
            self._worlds[room] = worlds.newest
            if before is not None:
                self._counts["server: world taken"] += 1
                world_invariants.world_is_that_of_most(log, worlds.newest, before.hashes)
        if worlds._question is before:
            return
        if before is not None and before.source in before.asked:
            world_invariants.liars_are_named(log, before.point.seq, before.point.at, before.hashes)
        if worlds._question is None:
            del self._asked[room]
        else:
            self._asked[room] = worlds._question

    def _named(self, room: Room, log: TrueLog, desync: Desync) -> None:
        """Some are said to have another state than most."""
        question = self._asked.get(room)
        if question is None or question.point.seq != desync.after:
            raise Broken(FOLD, f"entry {desync.s} of {log.room.name} says that states differ, and none did")
        self._counts["server: liar named"] += 1
        world_invariants.named_for_a_reason(log, desync, question.point.at, question.hashes)

    def _opened(self, room: Room, store: MemoryStore) -> TrueLog:
        level = store.level_of(room.name)
        before = self._newest.get(room.name) if level is not Level.NONE else None
        base = 0 if before is None else store.kept[room.name].bases[room.log.epoch]
        log = TrueLog(room, level, before, base)
        self._newest[room.name] = self._logs[room] = log
        self._counts["server: room opened" if before is None else "server: room opened from disk"] += 1
        keeping_invariants.opened_as_it_was(log)
        rules_invariants.opened_with_numbers_of_what_was_done(log)
        if before is not None and (world := room._worlds.newest) is not None:
            self._worlds[room] = world
            self._counts["server: room opened with a world"] += 1
            world_invariants.opened_with_a_world_of_its_own(log, world)
        return log

    def every_second(self, directory: Directory) -> None:
        """Check what is too slow to check after each step."""
        bounds_invariants.bounded(directory)
        for name, room in directory.rooms.items():
            log = self._logs[room]
            state_invariants.is_the_fold(f"the room {name}", room.state, log, log.last)
            state_invariants.presence_is_right(room)
            rules_invariants.held_is_counted(room)

    def after_shutdown(self, directory: Directory) -> None:
        """The server has shut down gracefully: is everything on disk?"""
        for room in directory.rooms.values():
            log = self._logs[room]
            if log.level is not Level.NONE:
                keeping_invariants.all_written(log)
