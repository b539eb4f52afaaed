"""Asks a room's programs for its world where one is due, and takes what they answer.

`worlds` knows when, at which place and of whom, and judges the answers. Here that meets the room: the connections that
are asked, the limit of its state, and the store.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Save
from roomcast.core.room.commit_log import CommitLog, World
from roomcast.core.room.feed import Feed
from roomcast.core.room.order import Order
from roomcast.core.room.session import Session
from roomcast.core.room.shared_state import WORLD, StateSizes
from roomcast.core.room.starting_points import StartingPoint
from roomcast.core.room.worlds import Verdict, Worlds

Difference: TypeAlias = tuple[int, tuple[str, ...]]
"""The fields of `Desync`: after which entry, and who."""


class WorldAsking:
    """What one room asks its programs for. `state_sizes` counts the world as state. Times are monotonic seconds."""

    __slots__ = ("_commits", "_differed", "_feed", "_log", "_sessions", "_state_sizes", "_worlds")

    def __init__(
        self,
        log: Order,
        feed: Feed,
        sessions: Mapping[str, Session],
        commits: CommitLog,
        state_sizes: StateSizes,
        worlds: Worlds,
    ) -> None:
        self._log = log
        self._feed = feed
        self._sessions = sessions
        self._commits = commits
        self._state_sizes = state_sizes
        self._worlds = worlds
        self._differed: frozenset[str] = frozenset()  # whose worlds were found to differ, when that was last told

    def ask(self, upto: int, now: float) -> bool:
        """Mark the place for the next world, or ask for it, where all up to there is committed.

        Returns whether nobody could be asked, so that those who wait for a world have to be settled.
        """
        worlds, feed = self._worlds, self._feed
        if worlds.is_asking:
            return False  # the next question comes after the answers
        if worlds.marked is None:
            worlds.mark(StartingPoint(self._log.last, self._log.at, self._log.state))
        if worlds.marked is None or worlds.marked.seq > upto:
            return False
        seq, at = worlds.marked.seq, worlds.marked.at
        feed.flush(seq)
        cursors = {one.id: one.cursor for one in self._sessions.values() if one.knows_world and one.cursor is not None}
        ready = [player for player, cursor in cursors.items() if feed.has_all(cursor)]
        question = worlds.ask(ready, now, known=bool(cursors))
        if question is None:
            return True
        most, asked = question
        for player in asked:
            feed.tell(cursors[player], codec.encode(Save(seq, at, most, whole=player == asked[0])))
        return False

    def restore(self, world: World) -> None:
        """Take the world that was kept, where there is room for it."""
        if self._state_sizes.has_room_for(WORLD, world.size):
            self._worlds.take(world)
            self._state_sizes.measure(WORLD, world.size)

    def take(self, verdict: Verdict) -> Difference | None:
        """Take the world that is right, if there is room for it. Returns what is to be told of who differs."""
        world = verdict.world
        if world is not None and self._state_sizes.has_room_for(WORLD, world.size):
            self._state_sizes.measure(WORLD, world.size)
            self._worlds.take(world)
            self._commits.save_world(world)
        if not verdict.undecided:
            for player in verdict.differing & self._sessions.keys():
                self._sessions[player].knows_world = False
        if not verdict.differing or verdict.differing == self._differed:
            return None
        self._differed = verdict.differing
        return (verdict.seq, tuple(sorted(verdict.differing)))

    def sweep(self, now: float) -> None:
        """About once a second: where the world has become old, or much has come since, the next one is due."""
        log, newest = self._log, self._worlds.newest
        since = 0 if newest is None else newest.seq
        self._worlds.sweep(log.at, log.size_after(max(since, log.gone)), now)
