"""The server of a playtest: the real core, with a disk that loses at a crash what it has not written."""

from __future__ import annotations

import random
from typing import Final

from roomcast.core.protocol.limits import Limits
from roomcast.core.room.clock import Clock
from roomcast.core.room.commit_log import Level
from roomcast.core.room.ruled_room import RuledRoom
from roomcast.core.server.directory import Directory
from roomcast.rules.app_file import RuledKinds, kind_name
from roomcast.rules.maker_reports import MakerReports
from roomcast.rules.room_class import Room
from roomcast.server.async_handlers import AsyncHandlers
from roomcast.server.auth_runner import AuthRunner
from roomcast.testing.disk import MemoryStore
from roomcast.testing.playtest_loop import PlaytestLoop

BEGAN: Final = 1_700_000_000.0  # Unix seconds: when each game begins
_LIMITS: Final = Limits(rate=1e6, burst=10**6, address_time=1e3, pace=0)  # nobody is held back in a test


class PlaytestServer:
    """A server whose rooms have these rules. `level`: as of a server that keeps its rooms. `seed`: of its secrets."""

    def __init__(self, rules: type[Room], reports: MakerReports, level: Level, seed: int, loop: PlaytestLoop) -> None:
        self.rules = rules  # after a crash, rooms are of the class that stands here then
        self.disk: Final = MemoryStore(level)
        self.disk_waits = False  # what is given to the disk stays there unwritten
        self._reports = reports
        self._draw = random.Random(seed)
        self.loop: Final = loop
        self._offset = BEGAN - loop.time()
        self._start()

    def _start(self) -> None:
        self.runs, self._auths = AsyncHandlers(), AuthRunner(threads=False)
        self.directory = Directory(
            _LIMITS,
            secret=lambda: f"{self._draw.getrandbits(128):x}",
            seed=lambda: f"{self._draw.getrandbits(128):x}",
            clock=Clock(self._offset),
            wake=lambda: None,
            store=self.disk,
            kinds=RuledKinds({kind_name(self.rules): self.rules}, self._reports),
            runs=self.runs,
            auth_runs=self._auths,
        )
        self.runs.serve(self.directory, self.loop, self.loop.time)
        self._auths.serve(self.directory.auth, self.loop, self.loop.time, _LIMITS.auth_time)
        self.disk.start(lambda: None)

    def crash(self, kept: int) -> None:
        """End at once, and start again. Of what the disk has not written, the oldest `kept` changes survive."""
        self.runs.abandon_all()
        self._auths.abandon_all()
        for room in self.directory.rooms.values():
            if isinstance(room, RuledRoom):
                room.stop_works()
        self.disk.write()
        self.disk.crash(kept)
        self._start()

    @property
    def waits(self) -> bool:
        """Whether something of the rules waits for something."""
        return bool(len(self.runs) or len(self._auths))

    def run(self, now: float) -> tuple[bool, float | None]:
        """Run handlers that wait, write to the disk, and to all connections.

        Returns whether there is more to do, and when to flush next.
        """
        ran = self.loop.turn()
        saved = not self.disk_waits and self.disk.save()
        self.directory.poll_store(now)
        again = self.directory.flush(now)
        return ran or saved or self.loop.is_ready or (bool(self.disk.waits) and not self.disk_waits), again
