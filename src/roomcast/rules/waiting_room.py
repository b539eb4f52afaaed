"""Rooms whose players say that they are ready before a game begins; programs that play for nobody fill up the rest."""

from __future__ import annotations

import inspect
from typing import ClassVar, Final

from roomcast.rules.class_checks import check_runs, check_takes, takes_auth
from roomcast.rules.rejection import Reject
from roomcast.rules.room_class import Room
from roomcast.rules.room_player import Player
from roomcast.rules.turn_room import PLAYING, WAITING

STARTING: Final = "starting"
_HOOKS: Final = ("on_join", "on_drop", "on_reconnect", "on_leave")
_BOTS: Final = "bots"  # in the listing: how many are wanted


class WaitingRoom(Room):
    """A room whose players wait until enough of them are ready. Programs send `ready` and `unready`.

        class Race(WaitingRoom):
            def begin_game(self): ...

    All of it is in the state, so that programs see it: `player["ready"]`; in `self.state` `phase`: "waiting",
    "starting" (all are ready), "playing", or another that the rules set while they play; and `until`: when the game
    begins, on the room's time, in seconds; None: not yet.

    When it begins, the room is locked. Who is on the way with a party (`self.reserved`) is waited for. A class that has
    an `on_join`, `on_drop`, `on_reconnect` or `on_leave` of its own calls that of this one: `super().on_join(player)`.
    """

    min_players: ClassVar[int] = 2
    """How many have to be connected before a game begins; bots count."""
    countdown: ClassVar[float] = 3.0
    """Seconds from when all are ready until the game begins. Who comes then has to be ready, too."""
    longest_wait: ClassVar[float] = 0.0
    """Seconds from when enough are here, after which the game begins also where some are not ready; 0: never."""
    bots: ClassVar[int] = 0
    """Up to so many players are made up by bots, once all who are here are ready: programs that come in and send `bot`.
    `self.listing["bots"]` says how many are wanted. 0: none."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        where = f"{cls.__name__}.begin_game"
        check_runs(where, cls.begin_game, "write def, and self.after(0, self.method) for what has to wait")
        check_takes(where, "begin_game", cls.begin_game, "self")
        _check_others(cls)
        if 0 < cls.max_players < cls.min_players:
            raise TypeError(
                f"{cls.__name__}.min_players: no game would begin: it waits for {cls.min_players} players, and "
                f"max_players lets in {cls.max_players}"
            )

    def begin_game(self) -> None:
        """The game begins, with `self.players`. For a class to write."""

    def wait_again(self) -> None:
        """The game is over: wait for the next, in the same room, and let others in."""
        self.state["phase"] = WAITING
        for player in self.players:
            player["ready"] = bool(player.get("bot"))
        self.unlock()
        self.look_who_is_ready()

    @property
    def is_waiting(self) -> bool:
        """Whether no game has begun."""
        return self.state.get("phase", WAITING) in (WAITING, STARTING)

    # ------------------------------------------------------------------ who comes, and says so

    def on_join(self, player: Player) -> None:
        """A class that has an `on_join` of its own calls `super().on_join(player)`."""
        player["ready"] = False
        _others(super(), "on_join", player)
        self.look_who_is_ready()

    def on_drop(self, player: Player) -> None:
        """Who has lost the connection has to say again that it is ready."""
        _others(super(), "on_drop", player)
        if self.is_waiting:
            player["ready"] = False
            self.look_who_is_ready()

    def on_reconnect(self, player: Player) -> None:
        """… and is waited for, once it is back."""
        _others(super(), "on_reconnect", player)
        self.look_who_is_ready()

    def on_leave(self, player: Player) -> None:
        """A class that has an `on_leave` of its own calls `super().on_leave(player)`."""
        _others(super(), "on_leave", player)
        self.look_who_is_ready()

    def on_ready(self, player: Player) -> None:
        """A program is ready."""
        self._set_ready(player, ready=True)

    def on_unready(self, player: Player) -> None:
        """… or not yet, after all."""
        self._set_ready(player, ready=False)

    def on_bot(self, player: Player) -> None:
        """A program plays for nobody, and is ready. A game does not begin with such ones alone."""
        player["bot"] = True
        self._set_ready(player, ready=True)

    def _set_ready(self, player: Player, *, ready: bool) -> None:
        if not self.is_waiting:
            raise Reject("the game has begun")
        player["ready"] = ready
        self.look_who_is_ready()

    # ------------------------------------------------------------------ whether to begin

    def look_who_is_ready(self) -> None:
        """Find whether and when the game begins. It runs whenever that may be another time."""
        if not self.is_waiting:
            return
        here = [player for player in self.players if player.here]
        people = [player for player in here if not player.get("bot")]
        ready = bool(people) and all(player.get("ready") for player in here)
        self._want_bots(self.bots - len(self.players) if ready else 0)
        enough = bool(people) and len(here) >= self.min_players
        if enough and self.reserved:
            self._look_again()
            enough = False
        self.enough_since = (getattr(self, "enough_since", None) or self.time) if enough else None
        self.ready_since = (getattr(self, "ready_since", None) or self.time) if enough and ready else None
        self.state["phase"] = WAITING if self.ready_since is None else STARTING
        times = [] if self.ready_since is None else [self.ready_since + self.countdown]
        if self.enough_since is not None and self.longest_wait:
            times.append(self.enough_since + self.longest_wait)
        self._begin_at(min(times, default=None))

    def _begin_at(self, when: float | None) -> None:
        if self.state.get("until") == when and "until" in self.state:
            return
        timer = self.timers.get(getattr(self, "begin_timer", 0))
        if timer is not None:
            timer.cancel()
        self.state["until"] = when
        if when is not None:
            self.begin_timer = self.after(max(0.0, when - self.time), self.waited_enough).id

    def waited_enough(self) -> None:
        """Run by the timer of the countdown."""
        self.enough_since = self.ready_since = self.state["until"] = None
        self.state["phase"] = PLAYING
        self._want_bots(0)
        self.lock()
        self.begin_game()

    def _look_again(self) -> None:
        """Nobody tells the rules that seats are not reserved any more."""
        if self.timers.get(getattr(self, "look_timer", 0)) is None:
            self.look_timer = self.after(1, self.look_who_is_ready).id

    def _want_bots(self, many: int) -> None:
        wanted = self.listing.get(_BOTS, 0)
        if many > 0 and many != wanted:
            self.listing[_BOTS] = many
        elif many <= 0 and wanted:
            del self.listing[_BOTS]


def _others(above: object, hook: str, player: Player) -> None:
    """Run the hook of the next class, where it has one: a maker's class may have several bases."""
    run = getattr(above, hook, None)
    if run is not None:
        known = (player.auth,) if hook == "on_join" and takes_auth(run) else ()
        run(player, *known)


def _check_others(cls: type) -> None:
    """Raises `TypeError` where the next class has a hook that this one could not wait for."""
    for hook in _HOOKS:
        for one in cls.__mro__[cls.__mro__.index(WaitingRoom) + 1 :]:
            if inspect.iscoroutinefunction(vars(one).get(hook)):
                raise TypeError(
                    f"{cls.__name__}: {one.__name__}.{hook} is async, and nobody would wait for it: write it in "
                    f"{cls.__name__} itself, as async def {hook}(self, player), and super().{hook}(player) in that"
                )
