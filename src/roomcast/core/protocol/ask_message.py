"""What a client sends to the rules of a room, and waits for an answer."""

from __future__ import annotations

from msgspec import Raw

from roomcast.core.protocol.messages import NO_ARGS, Message


class AskRequest(Message, frozen=True, tag="ask"):
    """A client's `ask`: a command that wants an answer, which is in `re` of the turn that it becomes."""

    n: int  # 1, 2, 3 … in a session, as of `do`
    c: str  # the command's name
    a: Raw = NO_ARGS  # arguments: a JSON array or object
