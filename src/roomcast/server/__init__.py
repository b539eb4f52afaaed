"""The server: it listens, drives the core's directory of rooms, and serves the site.

Makers of rooms with rules import `Room`, `Reject`, `Player` and the rest of `__all__` from here; they stand in
`roomcast.rules`.

server           starts and stops one server on an asyncio event loop
driver           calls the directory at the right times: flushes, sweeps, the end; no I/O
async_handlers   runs the handlers for which rooms wait, on the event loop
auth_runner      runs `on_auth`: as tasks of the event loop, and in threads
entrance         which sockets may stay, and what the log says of the others
open_files       how many connections the system allows
acceptors        which peers new connections get
listening        opening a port, with errors that say what to do
access           who may ask: by host, by origin, through which proxies
own_hosts        … which hosts a request may name
origins          … which sites' pages may use the server
trusted_proxies  … which proxies are believed, and what they say of a client
routes           the route table: what is at which path
pages            the responses: files, rooms as JSON, a QR code, counts
room_list        the list of rooms as JSON, made rarely
own_pages        pages of a folder of the user's own
kind_pages       which of them are for rooms with rules
learn_pages      the docs at /learn/, as they were built into the package
folder_response  the response with what was found in a folder
site_folder      the files in that folder, and no others
files            the files of the site, read once
content_types    the Content-Type of a file, by its extension
invitation       an address for others, as a QR code too
addresses        which addresses other computers can type to reach this one
"""

from roomcast.rules.background_work import WorkLost
from roomcast.rules.field_hints import Owner
from roomcast.rules.matchmaking import Matchmaking
from roomcast.rules.method_timers import Timer
from roomcast.rules.past import Past
from roomcast.rules.rejection import Reject
from roomcast.rules.room_class import Room
from roomcast.rules.room_player import Player, Players, State
from roomcast.rules.turn_room import TurnRoom
from roomcast.rules.waiting_room import WaitingRoom

__all__ = [
    "Matchmaking",
    "Owner",
    "Past",
    "Player",
    "Players",
    "Reject",
    "Room",
    "State",
    "Timer",
    "TurnRoom",
    "WaitingRoom",
    "WorkLost",
]
