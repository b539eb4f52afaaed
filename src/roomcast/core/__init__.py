"""The core: rooms, logs, sessions, limits and codecs, without input or output.

Nothing in here knows a socket, a clock, a thread, an event loop or chance. Bytes or messages and
the time (`now`, seconds on a clock that never jumps) come in as arguments; what must happen goes out.

General layout, from the bottom up:

    limits      the defaults, each with its unit and its reason
    names       which names rooms, players and commands may have
    codes       a few letters that stand for a room, to be said and typed
    messages    the messages of the wire protocol, as frozen records
    codec       JSON text ↔ messages
    starter     lines of the starter protocol ↔ commands
    log         the one order of a room: entries with their seq
    state       the fold: what a log makes of a room
    session     who may come back as whom, and how fast each may send
    feed        which connection gets which entries, and when: cursors, batches, pace
    room        all that happens in one room
    steps       the six steps of a message's way, for those who want to watch
    observers   those who watch a room, and what they are shown
    admin       the token of those who may kick players and close rooms
    hub         all rooms of a server
    peer        one connection's conversation with the server, whatever it speaks; in json_peer and starter_peer, what
                is different where it speaks JSON, or lines
    outbox      the other end: what a client has sent, until it comes back
    reports     what it tells of what it has run
    sending     its calls with bytes that have pieces left to send
    client      its half of the conversation: acknowledgement, resume, backoff
"""
