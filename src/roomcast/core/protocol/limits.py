"""The defaults of a server, in one place, each with its unit and its reason.

Each can be set by flag (`--message-size`) and by environment (`ROOMCAST_MESSAGE_SIZE`); a refusal
names the limit, the value that was met, and this setting.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from math import inf
from typing import Any, Final

_MAY_BE_ZERO: Final = frozenset({"pace", "room_observers", "keep_entries", "keep_bytes", "keep_days"})
MAX_LEVELS: Final = 256  # of JSON in a message, the message itself among them: what the protocol promises to all
MAX_CHARACTERS: Final = 64  # of a name, for the same reason
MAX_DIGITS: Final = 308  # of a number, one after the other; any such number is finite as a 64-bit float


def _limit(default: float, unit: str, why: str, most: float = inf) -> Any:
    """A field of `Limits`; `most` is more than any server may set."""
    return field(default=default, metadata={"unit": unit, "why": why, "most": most})


SMALL_SHARE: Final = 8  # seats or rooms that one address may always have: a family, a table in a classroom
WEIGHED_FROM: Final = 64  # players: a command to more of them counts as more than one


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of everything a server allows. Less than zero is never allowed, zero only where it means something."""

    message_size: int = _limit(64 * 1024, "bytes", "for one message or line; a large picture is sent in pieces")
    json_depth: int = _limit(
        MAX_LEVELS, "levels", "of JSON in a message; many programs read it by recursion", MAX_LEVELS
    )
    json_values: int = _limit(10_000, "values", "in a message: [[],[],…] takes 20 times its bytes when it is read")
    json_digits: int = _limit(
        MAX_DIGITS, "digits", "of a number in a message; where numbers are 64-bit floats, it is finite", MAX_DIGITS
    )
    name_length: int = _limit(
        MAX_CHARACTERS, "characters", "of a room's, player's or command's name: it fits on a line", MAX_CHARACTERS
    )
    hello_within: float = _limit(10.0, "seconds", "from connecting to hello; a slow phone needs a few")
    ping_every: float = _limit(10.0, "seconds", "of silence, then a ping; routers forget after 30")
    silent_for: float = _limit(25.0, "seconds", "without anything from the client: the connection is dead")
    kept_entries: int = _limit(10_000, "entries", "of a room's log, for those who come back")
    kept_bytes: int = _limit(8 * 1024 * 1024, "bytes", "of a room's log, for those who come back")
    kept_total: int = _limit(512 * 1024 * 1024, "bytes", "of the logs of all rooms of the server")
    keep_entries: int = _limit(0, "entries", "of a room's log in the file of --keep; 0: as many as kept-entries")
    keep_bytes: int = _limit(0, "bytes", "of a room's log in the file of --keep; 0: as many as kept-bytes")
    keep_total: int = _limit(
        8 * 1024**3, "bytes", "of the whole file of --keep; above it, rooms that were unused for longest are forgotten"
    )
    keep_rooms: int = _limit(10_000, "rooms", "in the file of --keep, each with its code; above it, as for keep-total")
    keep_days: float = _limit(0.0, "days", "without a visit: then a room in the file of --keep is forgotten; 0: never")
    resume_window: float = _limit(120.0, "seconds", "in which a dropped player may come back as itself")
    seat_kept: float = _limit(30.0, "seconds", "a dropped player stays in the room as away")
    party_kept: float = _limit(30.0, "seconds", "seats are reserved for a party whose others are on their way")
    rate: float = _limit(
        240.0, "commands/s", "a player, in a room of up to 64: games send once or twice a frame, at up to 120 frames/s"
    )
    burst: int = _limit(480, "commands", "a player may send at once before the rate counts")
    unread: int = _limit(256 * 1024, "bytes", "not yet read by a connection: then it is left to its cursor")
    unread_for: float = _limit(30.0, "seconds", "without reading: dropped, and free to resume")
    rooms: int = _limit(10_000, "rooms", "a server: one for each connection")
    room_players: int = _limit(64, "players", "a room: each of them hears all the others")
    room_observers: int = _limit(16, "observers", "a room, who watch it and do not play; 0: nobody may watch")
    connections: int = _limit(10_000, "connections", "a server: what one process carries with room to spare")
    connections_address: int = _limit(200, "connections", "from one address: a school behind one router")
    address_share: float = _limit(
        0.75,
        "of the seats of a room, of a server's rooms, and of the runs of on_auth",
        "that one address keeps when others want them",
        1.0,
    )
    address_time: float = _limit(
        0.4, "of a processor", "that one address may use; a school of 200 at 60 commands/s in full rooms takes 0.3"
    )
    address_burst: float = _limit(
        0.005, "seconds", "of a processor that one address may use at once: others wait for so long"
    )
    player_state: int = _limit(64 * 1024, "bytes", "of shared state a player")
    room_state: int = _limit(256 * 1024, "bytes", "of shared state a room")
    room_timers: int = _limit(1_000, "timers", "of a room's rules that wait; each takes some hundred bytes")
    handler_time: float = _limit(
        5.0, "seconds", "that an async handler of a room's rules may take: the room waits for it, and all in it do"
    )
    room_background: int = _limit(100, "pieces of work", "that a room's rules have done in the background at once")
    background_time: float = _limit(
        30.0, "seconds", "that a room's background work may take: most services answer sooner, or not at all"
    )
    auth_time: float = _limit(
        10.0, "seconds", "that on_auth of a room's rules may take, and that somebody waits in line for it"
    )
    auth_at_once: int = _limit(64, "runs", "of on_auth at once; who comes beyond that waits in line")
    credential_size: int = _limit(4096, "bytes", "of a credential; tokens of other services have some 2,000")
    state_total: int = _limit(
        256 * 1024 * 1024, "bytes", "of memory for the shared state of all rooms of the server, 200 for each key"
    )
    world_size: int = _limit(
        2 * 1024 * 1024, "bytes", "of a room's world, the programs' own state for those who come later"
    )
    empty_room: float = _limit(120.0, "seconds", "an empty room is kept: as long as one may resume")
    drain: float = _limit(30.0, "seconds", "for those sent away, by a closing server too, to read what waits")
    pace: float = _limit(
        0.004, "seconds", "between two writes of a busy room; 0 writes each turn, at five times the cost"
    )

    def __post_init__(self) -> None:
        for one in fields(self):
            value, most, unit = getattr(self, one.name), one.metadata["most"], one.metadata["unit"]
            if not (0 < value < inf or (value == 0 and one.name in _MAY_BE_ZERO)):
                raise ValueError(f"{one.name} is {value}, but must be more than 0 {unit}: change --{flag(one.name)}")
            if value > most:
                raise ValueError(f"{one.name} is {value}, but may be at most {most} {unit}: change --{flag(one.name)}")


def share_of(many: int, limits: Limits) -> int:
    """How many of the seats of a room, or of the rooms of a server, one address keeps when others want them."""
    return max(SMALL_SHARE, int(many * limits.address_share))


def command_weight(audience: int) -> float:
    """What a command takes of its sender's `rate`, by how many may read it: `rate` is for up to `WEIGHED_FROM`."""
    return audience / WEIGHED_FROM if audience > WEIGHED_FROM else 1.0


def flag(name: str) -> str:
    """The name of a limit as the command line spells it: `message_size` → `message-size`."""
    return name.replace("_", "-")


def exceeded(name: str, limits: Any, met: float, what: str) -> str:
    """The sentence of a refusal: what met which limit, and the setting that moves it."""
    unit = Limits.__dataclass_fields__[name].metadata["unit"]
    limit = getattr(limits, name)
    return f"{what}: {_shown(met)} where the limit is {_shown(limit)} {unit} (setting: {flag(name)})"


def _shown(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:g}"


DEFAULTS: Final = Limits()
