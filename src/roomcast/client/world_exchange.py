"""The program's own state on its way: it begins with a world of the room, and saves one for those who come later."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Final

from roomcast.client.call_queue import CallQueue
from roomcast.client.handlers import Handlers
from roomcast.client.players import Player, Replica
from roomcast.client.room_timers import values_of, why_not_taken
from roomcast.client.running import NOWHERE
from roomcast.client.sender import Sender
from roomcast.client.timer_runner import TimerRunner
from roomcast.client.world import World
from roomcast.core.client.client_core import ClientCore
from roomcast.core.client.client_events import Closed, Joined, Offline
from roomcast.core.protocol.messages import Error, Json, Save, Snapshot
from roomcast.core.room.fold import EMPTY, RoomState
from roomcast.errors import BadArgument, Refused

_OUTSIDE_THE_LOG: Final = (Error, Offline, Closed)


class WorldExchange:
    """Of one program. `changes` are the joins and leaves that a snapshot brought, and that are still to be taken."""

    __slots__ = (
        "_aside", "_began_at", "_begins_again", "_changes", "_core", "_handlers", "_queue", "_replica", "_sender",
        "_timer_runner", "told", "world",
    )  # fmt: skip

    def __init__(
        self,
        core: ClientCore,
        replica: Replica,
        handlers: Handlers,
        sender: Sender,
        *,
        queue: CallQueue,
        timer_runner: TimerRunner,
        changes: deque[tuple[str, Player]],
    ) -> None:
        self.world: World | None = None  # the functions that save and load the program's own state, if it has them
        self.told = False  # joins that a snapshot brought were told of
        self._core = core
        self._replica = replica
        self._handlers = handlers
        self._sender = sender
        self._queue = queue
        self._timer_runner = timer_runner
        self._changes: Final = changes
        self._begins_again = False  # the program waits for the world: what came before it counts for nothing
        self._aside: tuple[RoomState, int, list[tuple[str, Player]]] | None = None  # with what it goes on without one
        self._began_at = 0  # seq of the last snapshot that we began with

    def register(self, save: Callable[[], Json]) -> World:
        """Let the program begin with the world; nothing is taken until it has come. Raises `BadArgument`."""
        if self.world is not None:
            self.world.replace(save)
            return self.world
        replica = self._replica
        if self.told or replica.seq != self._began_at:
            raise BadArgument(
                "room.world comes before the first pump(): what has run already would count twice", topic="late"
            )
        self.world = World(save)
        self._begins_again = True
        self._aside = replica.fold, replica.seq, list(self._changes)
        replica.fold, replica.seq = EMPTY, 0
        self._changes.clear()
        self._core.begin_with_world()
        self._sender.waker.wake()
        return self.world

    # ------------------------------------------------------------------ how the program begins

    def skip_what_came_before(self) -> None:
        """Where the program has asked to begin once more: entries that wait before the answer count for nothing.

        Unless there is no world: then it goes on as it was, when the calls that this adds are made.
        """
        if not self._begins_again or self._core.holding:
            return
        events = self._core.events
        if any(type(event) is Joined and event.again for event in list(events)):
            self._aside = None
            self._changes.clear()
            while not (isinstance(events[0], _OUTSIDE_THE_LOG) or (type(events[0]) is Joined and events[0].again)):
                events.popleft()
        elif self._aside is not None:
            if self.world is not None and not self.world.has_first:
                self._queue.calls.extend(_finished(partial(self._keep_first, self.world)))
                return  # and on, when that is made
            self._replica.fold, self._replica.seq, changes = self._aside
            self._aside = None
            self._begins_again = False
            self._changes.extend(changes)

    def joined(self, joined: Joined) -> None:
        """A snapshot to begin with has come."""
        self._began_at = joined.seq
        if joined.again:
            self._begins_again = False
        if self.world is not None and not self.world.has_first:
            self._queue.new += _finished(partial(self._keep_first, self.world))  # nothing has happened yet

    def begin(self, snapshot: Snapshot, text: str, seq: int) -> bool:
        """Go on from a snapshot with the state that belongs to it: what was before is in there, joins among it.

        `text`: the world; "": there is none. Returns whether the program does; else it goes on with what it has.
        """
        world, new = self.world, self._queue.new
        if world is None or (seq and not text):
            return False
        self._changes.clear()
        self._replica.replace(snapshot, seq)
        self._replica.unannounced = set()
        if text or world.first:  # where there is no text, the room has begun anew
            new += _finished(partial(self._load, world, text or world.first))
        return True

    def _load(self, world: World, text: str) -> None:
        self._queue.calling = NOWHERE
        functions = self._handlers.timer_functions()
        state, saved = world.read(text, self._replica.player, functions, self._replica.at)
        refused: list[str] = []
        if saved is not None:
            whys = {one.id: why_not_taken(functions[one.name], values_of(one.arguments)) for one in saved.records}
            saved = saved._replace(records=[one for one in saved.records if whys[one.id] is None])
            refused = [why for why in whys.values() if why is not None]
        self._timer_runner.restore(saved, functions)  # first: the function that loads may look for a timer
        for why in refused:
            self._queue.fail_now(Refused("bad-argument", f"room.world: {why}; this timer of it does not run here"))
        world.take_over(state)

    # ------------------------------------------------------------------ what it saves

    def save(self, save: Save, *, complete: bool) -> None:
        """The room asks for the world. `complete`: no pieces of a call with bytes wait for others.

        Who begins here would not have the pieces that have come: without them, the room asks again. And who is out of
        step with the others does not hand that on.
        """
        complete = complete and self._timer_runner.in_step
        self._replica.at = max(self._replica.at, save.at)
        if self.world is not None and save.s == self._replica.seq:
            self._queue.new.append(partial(self._send, self.world, self._replica.log, save, complete))

    def _send(self, world: World, number: int, save: Save, complete: bool) -> None:
        self._queue.calling = NOWHERE  # not everyone is asked
        text: str | None = None
        try:
            text = world.text(self._timer_runner.saved(), self._handlers.timer_functions()) if complete else None
        except BadArgument as error:
            self._not_kept("bad-argument", error.message)
        size = 0 if text is None else len(text.encode("utf-8", "replace"))
        if size > save.most:
            what = f"it has {size:,} bytes where the server takes {save.most:,} (setting: world-size)"
            self._not_kept("too-big", what)
            text = None
        self._core.save_world(number, save, text)
        self._sender.waker.wake()

    def _keep_first(self, world: World) -> None:
        """Keep the state as it is before anything has happened, for a room that begins anew."""
        self._queue.calling = NOWHERE
        try:
            world.first = world.text(None)
        except Exception as error:
            world.has_first = True  # it was tried, and a signal has not broken it off
            if not isinstance(error, BadArgument):
                raise
            self._not_kept("bad-argument", error.message)
        world.has_first = True

    def _not_kept(self, code: str, why: str) -> None:
        self._queue.fail_now(Refused(code, f"room.world: {why}; it is not kept for others"))


class _Finished:
    """A call that is made once, unless a signal breaks it off: then it has to be made again."""

    __slots__ = ("_done", "_run")

    def __init__(self, run: Callable[[], None]) -> None:
        self._run = run
        self._done = False

    def __call__(self) -> None:
        if self._done:
            return
        try:
            self._run()
        except Exception:  # of the program: it would come again
            self._done = True
            raise
        self._done = True


def _finished(run: Callable[[], None]) -> tuple[_Finished, _Finished]:
    """The calls to queue for one that must not be left out: the second finishes what was broken off in the first."""
    call = _Finished(run)
    return call, call
