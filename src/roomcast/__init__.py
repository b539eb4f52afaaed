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

    cli                     what people start: roomcast serve, join, rooms, doctor, demo, learn, new, bench
    learn                   the tutorial's chapters, and the checks of its exercises
    scaffold                the projects that roomcast new makes
    loadtest                how fast a server is
    adopt                   programs on plain sockets become programs on Roomcast
    hosting                 a server inside a player's program
    testing                 simulated rooms, for tests of games; not imported with the package
    client      server      the clients for game loops and for asyncio; the server
    storage     transports  discovery
                            commit logs; WebSocket, TCP lines; finding servers on a network
    core                    the protocol, rooms, servers and clients without I/O
    errors                  the tree of exceptions, and the codes of the wire
    shipped_files           finds the files that come with the package and are no code of it
    help_topics             where the text of each error leads: roomcast help TOPIC
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  # this file alone can be read by an older Python: it says so
    raise ImportError(
        "Roomcast needs Python 3.11 or newer, and this is Python {}.{}: install a newer one from python.org, "
        "and start your program with it".format(*sys.version_info)
    )

if sys.argv[:1] == ["-m"]:  # Python imports this to run a module, perhaps `python -m roomcast`
    import roomcast_command

    roomcast_command.importing_package()

from roomcast.client.aio import AsyncRoom, connect
from roomcast.client.dice import RoomRandom
from roomcast.client.game import Room, join
from roomcast.client.log_entry import LogEntry
from roomcast.client.players import Player, Players
from roomcast.client.replay_room import ReplayRoom, replay
from roomcast.client.room_search import connect_new, connect_or_create, create, find_rooms, join_or_create
from roomcast.client.room_timers import Timer
from roomcast.client.running import CurrentEntry
from roomcast.client.shared import Shared
from roomcast.client.smooth import Smooth
from roomcast.core.client.parcels import Progress
from roomcast.core.protocol.limits import Limits
from roomcast.discovery.servers import OpenRoom
from roomcast.errors import (
    BadArgument,
    CannotConnect,
    CannotServe,
    ProtocolError,
    Refused,
    RoomBusy,
    RoomcastError,
    RoomClosed,
    TooFast,
)
from roomcast.hosting import HostedRoom, host

__version__ = "0.1.0"
"""The version of Roomcast: MAJOR.MINOR.PATCH (semver.org)."""

__all__ = [
    "AsyncRoom",
    "BadArgument",
    "CannotConnect",
    "CannotServe",
    "CurrentEntry",
    "HostedRoom",
    "Limits",
    "LogEntry",
    "OpenRoom",
    "Player",
    "Players",
    "Progress",
    "ProtocolError",
    "Refused",
    "ReplayRoom",
    "Room",
    "RoomBusy",
    "RoomClosed",
    "RoomRandom",
    "RoomcastError",
    "Shared",
    "Smooth",
    "Timer",
    "TooFast",
    "__version__",
    "connect",
    "connect_new",
    "connect_or_create",
    "create",
    "find_rooms",
    "host",
    "join",
    "join_or_create",
    "replay",
]
