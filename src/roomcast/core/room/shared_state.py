"""How large the shared state of a room, of its players, and of all rooms of a server may grow."""

from __future__ import annotations

from roomcast.core.protocol import names
from roomcast.core.protocol.limits import Limits, exceeded
from roomcast.core.protocol.messages import SetRequest
from roomcast.core.room.fold import RoomState
from roomcast.core.room.session import Session
from roomcast.core.room.shared_map import SharedMap
from roomcast.errors import Refused

ROOM = ""  # the owner of the room's own state; every other owner is a player's id
WORLD = " world"  # what the room's world takes is counted under this; no id has a blank
HELD = " rules"  # likewise, what the room's rules keep for themselves
VIEWS = " views"  # likewise, what they show to some and not to others
_NOTHING = SharedMap()


class StateTotal:
    """Bytes of memory, about, that the shared state of all rooms of a server takes."""

    __slots__ = ("held",)

    def __init__(self) -> None:
        self.held = 0


class StateSizes:
    """What the shared state of one room takes, by owner: also that of players who left and may come back.

    A patch is checked by its own size, and by what it changes where that would be too much: nothing is measured whole.
    """

    __slots__ = ("_by_owner", "_limits", "_total", "held")

    def __init__(self, limits: Limits, total: StateTotal | None = None) -> None:
        self.held = 0  # bytes of memory, about, of this room
        self._limits = limits
        self._total = total or StateTotal()
        self._by_owner: dict[str, int] = {}

    def check(self, owner: str, request: SetRequest, state: RoomState) -> None:
        """Raises `Refused` ("state-full") where a patch would make the state of an owner too large."""
        limits, old, held = self._limits, state_of(owner, state), self._total.held
        name = "player_state" if owner else "room_state"
        patch = len(request.p)
        if old.size + patch > getattr(limits, name):
            size = old.size_after(request.p, whole=request.whole)
            if size > getattr(limits, name):
                what = "shared state of a player" if owner else "shared state of the room"
                raise Refused("state-full", exceeded(name, limits, size, what), request.n)
        if held + patch > limits.state_total:
            grows_by = old.size_after(request.p, whole=request.whole) - old.size
            if grows_by > 0:  # it may always become less
                what = "shared state of all rooms of this server"
                raise Refused("state-full", exceeded("state_total", limits, held + grows_by, what), request.n)

    def check_total(self, room: str) -> None:
        """Raises `Refused` ("rooms-full") where the state of a room that was opened is too much for the server."""
        if self.held and self._total.held > self._limits.state_total:
            what = f"the room {room!r} cannot be opened now: shared state of all rooms"
            message = exceeded("state_total", self._limits, self._total.held, what)
            self.forget_all()
            raise Refused("rooms-full", message)

    def has_room_for(self, owner: str, held: int) -> bool:
        """Whether all rooms of the server may hold what they would if this owner's state took so much memory."""
        return self._total.held - self._by_owner.get(owner, 0) + held <= self._limits.state_total

    def may_grow(self, by: int) -> bool:
        """Whether all rooms of the server may hold so many bytes more."""
        return self._total.held + by <= self._limits.state_total

    def grow(self, owner: str, by: int) -> None:
        """The state of an owner takes so much more memory now."""
        self.measure(owner, self._by_owner.get(owner, 0) + by)

    def measure(self, owner: str, held: int) -> None:
        """The state of an owner takes so much memory now."""
        change = held - self._by_owner.get(owner, 0)
        self._by_owner[owner] = held
        self.held += change
        self._total.held += change

    def changed(self, owner: str, state: RoomState) -> None:
        """The state of an owner has changed."""
        self.measure(owner, state_of(owner, state).held)

    def measure_left(self, session: Session) -> None:
        """A player's seat was given up, and its state is kept with its session."""
        if session.left_state is not None:
            self.measure(session.id, len(session.left_state))

    def forget(self, player: str) -> None:
        """A player has left, and its state with it."""
        if held := self._by_owner.pop(player, 0):
            self.held -= held
            self._total.held -= held

    def forget_all(self) -> None:
        """The room is closed."""
        for owner in list(self._by_owner):
            self.forget(owner)


def owner_of(player: str, request: SetRequest) -> str:
    """Whose state a player's patch is for: "" for the room's. Raises `Refused` ("bad-argument")."""
    if request.of not in ("me", "room"):
        raise Refused("bad-argument", f"state is of 'me' or of 'room', not of {names.quoted(request.of)}", request.n)
    return player if request.of == "me" else ROOM


def state_of(owner: str, state: RoomState) -> SharedMap:
    """The state of an owner."""
    if owner == ROOM:
        return state.shared
    record = state.players.get(owner)
    return _NOTHING if record is None else record.state
