"""The stages of one connection's conversation with the server.

stage       what comes in             what follows
--------    ----------------------    ---------------------------------------------
greeting    hello                     opening, or welcome → present; refused: bye → over
            anything else, too late   error, bye → over
            watch                     watching → watching; refused: bye → over
opening     the room is open          welcome → present; refused: bye → over
            anything                  waits, until the room is open, or for other starter clients
present     do, set                   an entry in the log, or error
            a line that is no command nothing: it is passed over
            an unknown type           error
            bytes that are no message error, bye → over
watching    kick, close               with the token: somebody's bye; else error
refused     a while later             error, bye → over: a wrong token is answered late
any         more than the rate        waits: the transport pauses reading it for a moment
any         nothing but frames that   error, bye → over
            are no messages
any         an exception of ours      bye → over
any         silence, no reading       over (and free to resume)
over        anything                  nothing
"""

from __future__ import annotations

from enum import Enum


class Stage(Enum):
    GREETING = "greeting"
    OPENING = "opening"
    PRESENT = "present"
    WATCHING = "watching"
    REFUSED = "refused"  # it is not told yet
    OVER = "over"
