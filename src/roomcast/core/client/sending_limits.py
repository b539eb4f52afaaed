"""What the server accepts from this client, as its welcome says: how large a message may be, and how many a second."""

from __future__ import annotations

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import ClientLimits
from roomcast.errors import BadArgument, ProtocolError


class SendingLimits:
    """The limits of one server. Before the first welcome, nothing is known and everything passes."""

    __slots__ = ("_limits", "burst", "unchecked", "warned")

    def __init__(self) -> None:
        self._limits: ClientLimits | None = None
        self.warned = False  # about the rate, since it was last kept
        self.unchecked = 2**63  # bytes: `check` has nothing to say of a message that is no longer
        self.burst = 2**63  # messages: where no more wait, and `warned` is False, `rate_warning` has nothing to say

    def update(self, limits: ClientLimits) -> None:
        """Take over the limits that the server announced in its welcome."""
        self._limits = limits
        self.unchecked = min(limits.message_size, limits.json_depth, 2 * limits.json_values)
        self.burst = limits.burst

    def check(self, line: bytes, what: str) -> None:
        """Raise `BadArgument` for an encoded message that the server would end the connection for.

        `what` names the call that it comes from, for the message.
        """
        limits, size = self._limits, len(line)
        if limits is None or size <= self.unchecked:
            return
        if size > limits.message_size:
            raise BadArgument(
                f"{what} takes {size} bytes, and a message may have {limits.message_size}: send less, or in pieces"
            )
        if size > limits.json_depth or size > 2 * limits.json_values:
            try:
                codec.check_shape(line, limits)
            except ProtocolError as error:
                raise BadArgument(f"{what} cannot be sent: {error.message}: send less, or in pieces") from None

    def rate_warning(self, waiting: int) -> str:
        """A warning, once, when the backlog shows that the program sends faster than the server accepts; else "".

        `waiting`: messages that are not acknowledged, while connected.
        """
        limits = self._limits
        if limits is None or waiting <= limits.burst:
            self.warned = False
            return ""
        if self.warned or waiting <= limits.burst + 2 * limits.rate:
            return ""
        self.warned = True
        return (
            f"{waiting} of our messages wait, for the server takes {limits.rate:g} a second from a player: "
            "send less often (setting: rate)"
        )
