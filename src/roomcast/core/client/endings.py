"""How a connection ended, and whether that is a reason not to come back: close codes and HTTP statuses.

A `bye` says for itself whether to come back. These are for ends without one: another program's, a proxy's, or a server
that had no time for it.
"""

from __future__ import annotations

from typing import Final

TOO_BIG: Final = 1009  # close code: a message is larger than its receiver takes
ABNORMAL: Final = 1006  # close code: the connection ended without a close frame (RFC 6455, section 7.4.1)

# Close codes that say: what you do is wrong, and will be the next time (RFC 6455, section 7.4; the last two: IANA).
_FINAL: Final = frozenset({1002, 1003, 1007, 1008, 1009, 1010, 3000, 3003})
_OF_APPLICATIONS: Final = range(4000, 5000)  # for a program's own use: its server means it

# HTTP statuses that say the same of the request for a WebSocket. Others may pass: a proxy whose server starts again
# answers 404 or 502, a network that wants a login redirects.
_FINAL_STATUS: Final = frozenset({401, 403, 421, 426})
_FOR_NOW: Final = frozenset({408, 425, 429})


def comes_back(code: int) -> bool:
    """Whether a client connects again by itself after a connection that ended with this close code, and no bye."""
    return code not in _FINAL and code not in _OF_APPLICATIONS


def may_pass(status: int) -> bool:
    """Whether an HTTP status is a reason to try again, for the answer may be another one soon."""
    return status not in _FINAL_STATUS


def is_outage(status: int) -> bool:
    """Whether a server that gives this answer may be starting, or busy: then one tries for as long as it takes."""
    return status >= 500 or status in _FOR_NOW


def described(code: int, reason: str) -> str:
    """A sentence on a connection that was open, and has ended without a bye."""
    if code == ABNORMAL:
        return "the connection was lost"
    return f"the server closed the connection ({code}{': ' + reason if reason else ''})"
