"""Roomcast: run Python code across multiple computers.

Someone acts in one program; the call goes to a server, gets its place in the room's one order, and runs
everywhere.

    import roomcast

    room = roomcast.join("dots", name="red")

    @room.everywhere
    def move(player, dx, dy):
        print(player.name, "moves by", dx, dy)

    move(5, 0)
    while True:
        room.pump(wait=0.1)

General layout, each layer knowing only those below it:

    cli                     what people start: roomcast serve, join, rooms, doctor, demo, bench
    loadtest                how fast a server is
    hosting                 a server inside a player's program
    testing                 simulated rooms, for tests of games; not imported with the package
    client      server      the clients for game loops and for asyncio; the server
    storage     transports  discovery
                            commit logs; WebSocket, TCP lines; finding servers on a network
    core                    the protocol, rooms, servers and clients without I/O
    errors                  the tree of exceptions, and the codes of the wire
"""

from roomcast.client.aio import AsyncRoom, connect
from roomcast.client.game import Room, join
from roomcast.client.log_entry import LogEntry
from roomcast.client.players import Player, Players
from roomcast.client.shared import Shared
from roomcast.core.client.parcels import Progress
from roomcast.core.protocol.limits import Limits
from roomcast.errors import (
    BadArgument,
    CannotConnect,
    CannotServe,
    ProtocolError,
    Refused,
    RoomcastError,
    RoomClosed,
    TooFast,
)
from roomcast.hosting import HostedRoom, host

__version__ = "0.1.0"

__all__ = [
    "AsyncRoom",
    "BadArgument",
    "CannotConnect",
    "CannotServe",
    "HostedRoom",
    "Limits",
    "LogEntry",
    "Player",
    "Players",
    "Progress",
    "ProtocolError",
    "Refused",
    "Room",
    "RoomClosed",
    "RoomcastError",
    "Shared",
    "TooFast",
    "__version__",
    "connect",
    "host",
    "join",
]
