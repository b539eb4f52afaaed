"""The clients for game loops and for asyncio. They differ in where the network runs, and in nothing else.

The shells:
game             the client for game loops: callbacks run in `pump()`
aio              the client for asyncio: callbacks run in the task that iterates over the room
client_room      what both have in common: the room as a program sees it
network_runner   where the network runs: in a thread of its own, or on the program's event loop

The way out, from a call to the client core:
handlers         the functions that a program has registered, for commands and for events
functions        a function as a command: binds the arguments of a call, reads those of a command
json_arguments   arguments as JSON: what a command can carry
blobs            bytes among the arguments of a call
sender           puts messages into the client core, and wakes the network

The way in, from the client core to a call:
inbox            turns what has arrived, one event at a time, into new state and calls of functions
players          players and shared state, as of the last entry run
shared           shared state as a dict
log_entry        an entry of the log, as `async for` returns it
canonical        the hash of a program's state, for `room.check`

The connection:
where            what `join` and `connect` take: a room's name, host:port/room, a URL
finder           finding the server of a room that was given by its name or code alone
link             keeps the connection up: connect, write, read, connect again
default_network  the network on picows, imported only where no other is given

The protocol itself is in `roomcast.core.client`.
"""
