"""The room's time as a program sees it: timers, how old what runs now is, and how far behind the program is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, TypeVarTuple

from roomcast.client.handlers import Handlers
from roomcast.client.inbox import Inbox
from roomcast.client.irreplaceable import Irreplaceable
from roomcast.client.players import Replica
from roomcast.client.room_timers import RoomTimers, Timer, checked, set_timer
from roomcast.client.running import NOWHERE, CurrentEntry, RunningCall
from roomcast.client.sender import Sender
from roomcast.core.client.client_core import ClientCore
from roomcast.core.client.timers import Timers

_Run = TypeVar("_Run", bound=Callable[..., object])
_Ts = TypeVarTuple("_Ts")


class TimedRoom(Irreplaceable):
    """The part of a room that has to do with time."""

    _awaits = False  # whether functions may be coroutine functions
    _clock: Callable[[], float]
    _core: ClientCore
    _handlers: Handlers
    _inbox: Inbox
    _replica: Replica
    _sender: Sender

    def _running_call(self) -> RunningCall | None:
        """The call of one of the program's functions out of which this is asked, if it is in one."""
        raise NotImplementedError

    def after(self, seconds: float, function: Callable[[*_Ts], object], /, *args: *_Ts) -> Timer:
        """Run a function once, `seconds` from now, in every program at the same place of the room's order.

        To be called in functions that run everywhere, and in timers. `seconds` are counted on the room's time
        (`room.time`), from the time of the entry or timer that is being run, and are at least 0.001. `args` are values
        that JSON carries, and players. In a program for asyncio, the function may be a coroutine function. Raises
        `BadArgument`, also where it is called in this program alone, and `TooFast` for more than 10,000 timers.

            @room.everywhere
            def light(player, x, y):
                room.after(2.0, explode, x, y)
        """
        return self._set_timer("room.after", seconds, function, args, repeat=False)

    def every(self, seconds: float, function: Callable[[*_Ts], object], /, *args: *_Ts) -> Timer:
        """Run a function again and again, the first time `seconds` from now, until the timer is cancelled.

        As `after`. Times do not add up to an error: run number k is due k times `seconds` after now. While nobody is in
        the room, timers rest.

            @room.everywhere
            def start(player):
                room.every(1 / 20, step)
        """
        return self._set_timer("room.every", seconds, function, args, repeat=True)

    def timer(self, function: _Run, /) -> _Run:
        """Decorator: timers that come with a world (`room.world`) may run the function; it is returned as it is.

        A world names the functions of its timers, and others have written it. So a program runs none that it has not
        registered: here, or for a command. Raises `BadArgument` for what has no name, or cannot be called.

            @room.timer
            def step():
                ball.x += 0.5
        """
        self._handlers.add_timer(function)
        return function

    def _set_timer(
        self, where: str, wait: float, function: Callable[..., object], args: tuple[Any, ...], *, repeat: bool
    ) -> Timer:
        runs = self._inbox.timer_runner
        timers = runs.timers or Timers()
        timer = set_timer(
            timers, self._running_call, where, wait, function, args, repeat=repeat, coroutines=self._awaits
        )
        runs.timers = timers
        return timer

    @property
    def timers(self) -> Mapping[int, Timer]:
        """The timers that wait to run, by their `id`, in the order of setting. It cannot be written to.

        A timer's id is the same in every program, so keep it in your state to find the timer again: in a program that
        began with a world, or with `replay=True`, the timers are here that were set before it came.

            @room.everywhere
            def defuse(player):
                room.timers[bomb["timer"]].cancel()
        """
        return RoomTimers(lambda: self._inbox.timer_runner.timers, self._running_call)

    @property
    def time(self) -> float:
        """The room's time, in Unix seconds: in functions that run everywhere, the same in every program.

        It is the time of the entry that is being run, or that at which the timer was due. Elsewhere it is the room's
        time now, as estimated here: on a local network within a few milliseconds. It never goes back, whatever happens
        to the clock of the server or of this computer.
        """
        running = self._running_call()
        if running is not None and running is not NOWHERE:
            return running.at / 1000
        return self._estimated_time()

    def _estimated_time(self) -> float:
        self._sender.latency()  # each round trip tells more
        return self._core.time_link.clock.time(self._clock(), self._replica.at) / 1000

    @property
    def entry(self) -> CurrentEntry:
        """Which entry of the log is being run: its `seq`, its time (`at`, seconds) and its `age` in seconds.

        In a timer: of the entry before it, and when the timer was due. Raises `BadArgument` where none is being run.
        """
        running = checked(self._running_call(), "room.entry")
        at = running.at / 1000
        return CurrentEntry(running.seq, at, max(0.0, self._estimated_time() - at))

    @property
    def catching_up(self) -> bool:
        """Whether what is run now had happened before this program came, or came back: old news."""
        return self._replica.seq < self._inbox.upto

    @property
    def behind(self) -> float:
        """How late this program is, in seconds: since what is to be run next, so much newer things have arrived."""
        return self._inbox.timer_runner.behind / 1000
