"""The core: rooms, logs, sessions, limits and codecs, without input or output.

Nothing in here knows a socket, a clock, a thread, an event loop or randomness. Bytes or messages and
the time (`now`, seconds on a monotonic clock) come in as arguments; what must happen goes out.

    client      the client's side of the protocol
    server      all rooms of a server, and the connections to it
    room        one room
    protocol    messages, codecs, names and limits of the wire protocol
"""
