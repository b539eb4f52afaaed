"""What the server accepts from this client, as its welcome says: how large a message may be, and how many a second."""

from __future__ import annotations

from roomcast.core.protocol import codec
from roomcast.core.protocol.client_limits import ClientLimits
from roomcast.errors import BadArgument, ProtocolError


class SendingLimits:
    """The limits of one server. Before the first welcome, nothing is known and everything passes."""

    __slots__ = ("_limits", "burst", "told", "unchecked", "warned")

    def __init__(self) -> None:
        self._limits: ClientLimits | None = None
        self.warned = False  # about the rate, since it was last kept
        self.told = False  # by the server: then it tells us whenever it holds us back, and knows better
        self.unchecked = 2**63  # bytes: `check` has nothing to say of a message that is no longer
        self.burst = 2**63  # messages: where no more wait, and `warned` is False, `rate_warning` has nothing to say

    def update(self, limits: ClientLimits) -> bool:
        """Take over the limits that the server announced in its welcome. Returns whether it takes less than before.

        Raises `ProtocolError` for limits that nobody can keep.
        """
        if min(limits.message_size, limits.json_depth, limits.json_values, limits.json_digits) < 1:
            raise ProtocolError("bad-message", "the server's limits leave no room for any message")
        before = self._limits
        smaller = before is not None and any(
            getattr(limits, one) < getattr(before, one)
            for one in ("message_size", "json_depth", "json_values", "json_digits")
        )
        self._limits = limits
        self.unchecked = min(limits.message_size, limits.json_depth, limits.json_digits, 2 * limits.json_values)
        self.burst = limits.burst
        return smaller

    def check(self, line: bytes, what: str) -> None:
        """Raise `BadArgument` for an encoded message that the server would end the connection for.

        `what` names the call that it comes from, for the message.
        """
        limits, size = self._limits, len(line)
        if limits is None or size <= self.unchecked:
            return
        if size > limits.message_size:
            raise BadArgument(
                f"{what} takes {size} bytes, and a message may have {limits.message_size}: send less, or in pieces",
                topic="too-big",
            )
        try:
            codec.check_shape(line, limits)
        except ProtocolError as error:
            advice = ": send less, or in pieces" if error.code == "too-big" else ""
            raise BadArgument(f"{what} cannot be sent: {error.message}{advice}", topic="too-big") from None

    def rate_warning(self, waiting: int) -> str:
        """A warning, once, when the backlog shows that the program sends faster than the server accepts; else "".

        It is for servers that do not say so themselves, as older ones do not.

        `waiting`: messages that are not acknowledged, while connected.
        """
        limits = self._limits
        if limits is None or waiting <= limits.burst:
            self.warned = False
            return ""
        if self.told or self.warned or waiting <= limits.burst + 2 * limits.rate:
            return ""
        self.warned = True
        return (
            f"{waiting} of our messages wait, for the server takes {limits.rate:g} a second from a player: "
            "send less often (setting: rate)"
        )
