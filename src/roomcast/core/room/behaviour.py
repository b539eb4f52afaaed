"""The contract of a room's behaviour: which requests of players it accepts.

A behaviour is synchronous and pure: it reads no clock and does no I/O, and answers each request with a decision. The
room carries the decision out. Nothing that is rejected reaches the log.
"""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol, TypeAlias

from roomcast.core.protocol.messages import DoRequest, SetRequest
from roomcast.errors import Refused


class Accept:
    """The request becomes an entry as it came."""


class Reject(NamedTuple):
    """The request is refused: its sender gets an `error`. `code` is an error code, `message` a sentence saying why."""

    code: str
    message: str


ACCEPT: Final = Accept()
Decision: TypeAlias = Accept | Reject


def check_accepted(decision: Decision, n: int) -> None:
    """Raises `Refused` for a rejection of the message with number `n`."""
    if isinstance(decision, Reject):
        raise Refused(decision.code, decision.message, n)


class Behaviour(Protocol):
    """What a room asks before an entry is proposed. Players are given by their ids."""

    @property
    def accepts_all(self) -> bool:
        """True: every decision is `ACCEPT`, so that the room need not ask."""
        ...

    def decide(self, player: str, command: DoRequest) -> Decision:
        """On a command. Its name and audience are valid; its arguments are raw JSON, a well-formed array or object."""
        ...

    def decide_state(self, player: str, patch: SetRequest) -> Decision:
        """On a patch of shared state, or an operation on it (`patch.op`), as it came; the result is within limits."""
        ...
