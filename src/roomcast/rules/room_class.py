"""`Room`: the class of which makers make theirs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol, TypeVar, TypeVarTuple

from roomcast.core.protocol.prng import Generator
from roomcast.core.room.parties import Parties
from roomcast.rules.auth_hook import AuthHook, auth_hook_of
from roomcast.rules.boxes import Box
from roomcast.rules.class_checks import check_body, constants_of, handlers_of, takes_auth, takes_options
from roomcast.rules.class_types import RoomTypes, types_of
from roomcast.rules.command_handlers import CommandHandler
from roomcast.rules.meeting_box import MeetingBox, MostPlayers
from roomcast.rules.method_timers import RoomTimers, Timer
from roomcast.rules.rejection import RulesMistake
from roomcast.rules.room_player import Player, Players, State
from roomcast.rules.room_views import views_of

EVERYONE: Final[frozenset[str]] = frozenset({"everyone"})
"""To whom an event goes where nothing is said: this object, and no other that is equal."""
_Ts = TypeVarTuple("_Ts")
_Result = TypeVar("_Result")
_SET: Final = frozenset({"private", "listing", "max_players"})  # what a class has for all its rooms, and each room sets
_ELSEWHERE: Final = {  # what people know from elsewhere, and its name here
    "send": "emit(name, …), or self.emit(name, …, to=player)",
    "broadcast": "emit(name, …)",
    "clock": "time",
    "schedule": "after(seconds, self.method)",
}
_SET_INSIDE: Final = {  # what people set as a whole
    "state": 'Set its keys: self.state["level"] = 2, or several at once: self.state.update(level=2)',
    "players": "It holds who is in the room: whom to send out, self.kick(player, why)",
}
_ENGINE: Final = "_Room__engine"  # the attribute of that name, from outside of the class


class RoomEngine(Protocol):
    """What runs the rules of one room, as the room asks it."""

    name: str
    is_restored: bool  # it was kept, and on_create ran long ago
    own: Box
    found_by: MeetingBox
    state: State
    players: Players[Any]
    timers: RoomTimers
    parties: Parties

    @property
    def time(self) -> float: ...

    @property
    def random(self) -> Generator: ...

    def emit(self, name: str, args: Any, readers: frozenset[str] | None, by: str) -> None: ...

    def kick(self, player: Player, why: str) -> None: ...

    def relay(self) -> None: ...

    def background(self, work: Any, method: Any, args: tuple[Any, ...], otherwise: Any) -> None: ...

    def set_timer(self, wait: float, method: Any, args: tuple[Any, ...], *, repeat: bool) -> Timer: ...


class Room:
    """A room with rules: make a class of it, and start `roomcast serve` with its file.

    The rooms `dots` and `dots-…` run the class `Dots`. A function `on_move(self, player, dx: int, dy: int)` runs when a
    program has called `move(dx, dy)`; what the hints say is checked. `raise Reject("why not")` refuses. Whatever raises
    has not happened. `on_create(self)`, or `on_create(self, options)`, runs when the room is new; `on_join(self,
    player)`, `on_drop`, `on_reconnect` and `on_leave` when players come and go; all these may be `async`, and the room
    waits with them. `on_tick(self, dt)` runs `tick_rate` times a second, `on_close(self)` before the room is closed;
    these may not wait. `on_auth(name, credential, options)`, a static method, says who may come in at all.

    `self.state` and `player[…]` are what all programs see. Every other attribute is the room's own, and is sent to
    nobody: `self.deck = […]`. Both are as before where a handler raises. Attributes that begin with `_` are neither
    kept nor taken back.

    Where players are to see different things: a field of players with the hint `Owner[…]` is sent to its player alone,
    and `view(self, state, key)`, `view_player(self, player, key)` return what is shown of the room's state and of a
    player. `key` is the id of who looks, or what `audience(self, player)` returns for it; None: somebody looks on.
    """

    __slots__ = ("__dict__", "__engine")

    kind: ClassVar[str] = ""
    """The rooms of which name have these rules; "": the class's own, in lower case."""
    max_players: int = 0
    """How many may be in a room; 0: as many as the server allows. A room may set it lower for itself, in `on_create` or
    later: `self.max_players = options.get("max_players", 4)`. Another number is refused, with a sentence for who wanted
    the room."""
    spectators: ClassVar[bool] = True
    """Whether people may look on who are no players: with `roomcast.join(…, spectate=True)`, on the page /watch."""
    relays: ClassVar[tuple[str, ...]] = ()
    """Commands without a handler that go to everyone, as in a room without rules."""
    tick_rate: ClassVar[float] = 0
    """How often `on_tick(self, dt)` runs each second, up to 60, while somebody is connected; 0: never. `dt` is always
    `1 / tick_rate`. What commands change gathers until the next tick, and goes out with it; what handlers emit or
    answer does not wait."""
    __engine: RoomEngine  # what runs the rules
    _handlers: ClassVar[dict[str, CommandHandler]] = {}
    _constants: ClassVar[dict[str, Any]] = {}
    _types: ClassVar[RoomTypes] = RoomTypes(Player, State, {})
    _views: ClassVar[frozenset[str]] = frozenset()
    _takes_options: ClassVar[bool] = False
    _takes_auth: ClassVar[bool] = False
    _auth_hook: ClassVar[AuthHook | None] = None

    def __init_subclass__(cls) -> None:
        check_body(cls, Room)
        cls._types = types_of(cls, cls._types, Room)
        cls._handlers = handlers_of(cls, Room, cls._types.player)
        cls._constants = constants_of(cls, Room)
        cls._views = views_of(cls, Room)
        cls._takes_options, cls._takes_auth = takes_options(cls), takes_auth(getattr(cls, "on_join", None))
        if "max_players" in vars(cls):
            cls.max_players = MostPlayers(cls.max_players, _found_by)  # type: ignore[assignment]
        cls._auth_hook = auth_hook_of(cls)
        super().__init_subclass__()

    # ------------------------------------------------------------------ what rules use

    @property
    def name(self) -> str:
        """The room's name."""
        return self.__engine.name

    @property
    def state(self) -> State:
        """The room's state, a dict: `room.state` in programs."""
        return self.__engine.state

    @property
    def players(self) -> Players[Player]:
        """Those in the room, by id, in the order of joining."""
        return self.__engine.players

    @property
    def host(self) -> Player | None:
        """The first of the players who is connected; None: nobody is."""
        return next((player for player in self.players if player.here), None)

    @property
    def time(self) -> float:
        """The room's time, in Unix seconds: the same for all that one command does."""
        return self.__engine.time

    @property
    def random(self) -> Generator:
        """The room's dice. Their seed is secret, and a command that is refused and comes again rolls the same."""
        return self.__engine.random

    def emit(
        self,
        event: str,
        /,
        *args: Any,
        to: Player | str | Iterable[Player | str] = EVERYONE,
        but: Player | str | Iterable[Player | str] | None = None,
        by: Player | str | None = None,
        **kwargs: Any,
    ) -> None:
        """Have programs run their function of that name, after what this handler changes.

        In all programs, or those of the players `to`, or all `but` some. `by`: the player who is said to have called;
        None: the room itself.
        """
        readers = None
        if to is not EVERYONE or but is not None:
            left_out = _ids(() if but is None else but)
            readers = (_ids(self.players) if to is EVERYONE else _ids(to)) - left_out
        if args and kwargs:
            raise RulesMistake(f"self.emit({event!r}): give its arguments all by place, or all by name")
        self.__engine.emit(event, kwargs or list(args), readers, "" if by is None else _id(by))

    def after(self, seconds: float, method: Callable[[*_Ts], object], /, *args: *_Ts) -> Timer:
        """Have a method of this class run once, `seconds` from now: `self.after(3, self.explode, x, y)`.

        Time is the room's (`self.time`); the method sees the time at which it was due. It runs also where nobody is
        here, for as long as the room is open. `args`: values that JSON carries. Where the handler raises, the timer is
        not set.
        """
        return self.__engine.set_timer(seconds, method, args, repeat=False)

    def every(self, seconds: float, method: Callable[[*_Ts], object], /, *args: *_Ts) -> Timer:
        """As `after`, again and again until the timer is cancelled: run number k is due k times `seconds` from now."""
        return self.__engine.set_timer(seconds, method, args, repeat=True)

    def background(
        self,
        work: Awaitable[_Result],
        method: Callable[[_Result, *_Ts], object] | None = None,
        /,
        *args: *_Ts,
        otherwise: Callable[[Exception, *_Ts], object] | None = None,
    ) -> None:
        """Have something done while the room goes on: `self.background(save(score), self.saved, player.id)`.

        Once it is done, `saved(result, player_id)` runs as a handler does. Where it raises, `otherwise(error,
        player_id)` runs in its place; without that, you are told. `error` is what it raised, `TimeoutError` where it
        took longer than the server's limit, and `WorkLost` where the server was started again meanwhile. `args`: values
        that JSON carries.

        It begins when what this handler does stands, and not at all where the handler raises. Of the room, it uses
        nothing: give it values.
        """
        self.__engine.background(work, method, args, otherwise)

    @property
    def timers(self) -> RoomTimers:
        """The timers that are to run, by `timer.id`: keep that, and say `self.timers[id].cancel()`."""
        return self.__engine.timers

    def kick(self, player: Player | str, why: str) -> None:
        """Send a player out for good; `why`: a sentence for it. `on_leave` runs within this turn."""
        self.__engine.kick(self.players[_id(player)], why)

    def relay(self) -> None:
        """Let everyone have the command that is being handled, as it came and from who sent it."""
        self.__engine.relay()

    # ------------------------------------------------------------------ who may come, and how the room is found

    @property
    def options(self) -> dict[str, Any]:
        """With what somebody wanted the room: `roomcast.create("duel", mode="fun")`. Who looks for a room sees them."""
        options: dict[str, Any] = self.__engine.found_by.get("options")
        return options

    @property
    def reserved(self) -> int:
        """How many seats are reserved for others of a party, who are on their way: `roomcast.create(…, party=3)`."""
        return self.__engine.parties.seats

    def lock(self) -> None:
        """Let nobody in any more, but those who come back to a seat that is kept."""
        self.__engine.found_by.set("locked", True)

    def unlock(self) -> None:
        """Let people in again."""
        self.__engine.found_by.set("locked", False)

    @property
    def locked(self) -> bool:
        """Whether nobody is let in any more."""
        return bool(self.__engine.found_by.get("locked"))

    @property
    def private(self) -> bool:
        """Whether the room is in no list, and nobody is brought into it: who comes knows its name or its code."""
        return bool(self.__engine.found_by.get("private"))

    @private.setter
    def private(self, private: bool) -> None:
        self.__engine.found_by.set("private", bool(private))

    @property
    def listing(self) -> dict[str, Any]:
        """What lists of rooms show of this one, beside its name, players and options: a small dict."""
        listing: dict[str, Any] = self.__engine.found_by.get("listing")
        return listing

    @listing.setter
    def listing(self, listing: dict[str, Any]) -> None:
        self.__engine.found_by.set("listing", listing)

    # ------------------------------------------------------------------ the room's own attributes

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if not name.startswith("_"):
                try:
                    return self.__engine.own.get(name)
                except KeyError:
                    pass
            if name == _ENGINE:
                cls = type(self).__name__
                raise AttributeError(
                    f"nobody runs this {cls}: rooms are made by a server, or by playtest({cls}) in a test"
                )
            why = "set it in on_create"
            if self.__engine.is_restored:
                why = "on_create did not set it when it ran for this room. Set it wherever it is not there"
            if name in _ELSEWHERE:
                why = f"write self.{_ELSEWHERE[name]}"
            raise AttributeError(f"this {type(self).__name__} has no {name!r} yet: {why}", name=name, obj=self)

        def __setattr__(self, name: str, value: Any) -> None:
            if name.startswith("_") or name in _SET:
                object.__setattr__(self, name, value)
                return
            if hasattr(type(self), name):
                why = "the class has it for all its rooms" if name in self._constants else "every room has it"
                instead = _SET_INSIDE.get(name, "Take another name, and set that in on_create")
                raise AttributeError(f"self.{name} cannot be set: {why}. {instead}")
            self.__engine.own.set(name, value)

        def __delattr__(self, name: str) -> None:
            if name.startswith("_"):
                object.__delattr__(self, name)
                return
            try:
                self.__engine.own.remove(name)
            except KeyError:
                why = "it is not set"
                if hasattr(type(self), name):
                    why = "the class has it for all its rooms" if name in self._constants else "every room has it"
                raise AttributeError(f"self.{name} cannot be deleted: {why}", name=name, obj=self) from None

        def __dir__(self) -> list[str]:
            return [*super().__dir__(), *self.__engine.own]


def _found_by(room: Room) -> MeetingBox:
    engine: RoomEngine = getattr(room, _ENGINE)
    return engine.found_by


Room.max_players = MostPlayers(0, _found_by)  # type: ignore[assignment]


def make_room(cls: type[Room], engine: RoomEngine) -> Room:
    """A room of that class, which the engine runs."""
    room = cls.__new__(cls)
    object.__setattr__(room, _ENGINE, engine)
    return room


def _id(player: Any) -> str:
    if isinstance(player, Player):
        return player.id
    if isinstance(player, str):
        return player
    if player is None:
        raise RulesMistake(
            "None is no player: look first whether it is there (self.host and players.get() may be None)"
        )
    raise RulesMistake(f"{player!r} is no player: give the player, or its id")


def _ids(players: Any) -> frozenset[str]:
    if players is None or isinstance(players, Player | str):
        return frozenset([_id(players)])
    return frozenset(map(_id, players))
