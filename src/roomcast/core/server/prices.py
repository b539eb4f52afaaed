"""What everything that a stranger can do costs the server: microseconds of one processor.

Each is charged to the address that did it (`accounts`). The figures are those of a common two-core server, rounded up;
benchmarks/prices.py measures them. A price need not be exact: that all of them are of the right order is what keeps one
address from taking more than its share.
"""

from __future__ import annotations

from typing import Final

ACCEPT: Final = 150.0  # a connection: its socket, the HTTP request that opens it, its end
HELLO: Final = 400.0  # a player's coming and going, an observer's start; and WRITE for each player there
QR_CODE: Final = 2_000.0  # a QR code that is made anew
WRONG_CODE: Final = 1_000.0  # a guess at a room's code: more than it costs us, so that guessing is slow
PASSWORD: Final = 500.0  # a password of a room that is hashed
WRONG_PASSWORD: Final = 2_000.0  # a guess at one: as for the admin token
AUTH: Final = 1_000.0  # rules that are asked who may come in: a task or a thread of its own, beside what they do
WRONG_CREDENTIAL: Final = 2_000.0  # … and let nobody in: as for a wrong password
LOOKED_AT: Final = 1.0  # a room that is looked at for somebody who looks for one
WRONG_TOKEN: Final = 2_000.0  # a guess at the admin token: far more than it costs us, so that guessing is slow
PAGE: Final = 100.0  # a plain GET, beside ACCEPT; and BYTE_OUT
FILE: Final = 150.0  # a file that threads open and read while it is sent: of the docs, of a folder of the user's own
WRITE: Final = 4.0  # one write to one connection: a command that makes a flush costs one for each connection
COMMAND: Final = 8.0  # a command or a patch: read, checked, folded, its share of a flush
MESSAGE: Final = 8.0  # any other message: a ping and its pong, a report, one that is refused
FRAME: Final = 4.0  # a frame that is no message: a ping, a pong, a fragment
SMALL: Final = 1024  # bytes: of a message that is no longer, no byte is charged
BYTE_IN: Final = 0.015  # a byte of a large message: unmasked, checked as UTF-8 and as JSON, of many small values
BYTE_SET: Final = 0.1  # a byte of a patch, where it has many keys; and WRITE for each object, which is merged apart
BYTE_RULED: Final = 0.1  # a byte of a large value that a room's rules change; of one that they read, a share
RULED: Final = 24.0  # a command on which the rules of a room decide, beside COMMAND
VIEW: Final = 6.0  # a player that a view shows: all of them, for each key, once a command has changed something
BYTE_OUT: Final = 0.002  # a byte of a snapshot or a page
BYTE_COPIED: Final = 0.0005  # a byte of a large message, for each connection that is sent it
