"""Both clients, for game loops and for asyncio: two thin shells around `roomcast.core.client.client_core`.

where       what `join` and `connect` take: a room's name, host:port/room, an address
commands    functions as commands: arguments out and in, checked and converted
blobs       bytes among the arguments of a call
canonical   the hash of a program's state, for room.check
happening   an entry, for programs that read all of them
players     players and shared state, as a program sees them
face        what both shells have in common: the room as a program sees it
link        the connection, kept up: connect, write, read, come back
game        the shell for game loops: a thread for the network, callbacks in pump()
aio         the shell for asyncio
"""
