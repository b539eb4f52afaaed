"""The client's side of a conversation with a Roomcast server, without I/O: bytes in, lines out, and back."""

from __future__ import annotations

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import SUBPROTOCOL

MAX_FRAME_SIZE = 2**26  # bytes


class Conversation:
    """One WebSocket connection. Its owner moves the bytes: `to_send` to the socket, what arrives to `receive`."""

    def __init__(self, url: str) -> None:
        subprotocols = [Subprotocol(SUBPROTOCOL)]
        self._protocol = ClientProtocol(parse_uri(url), subprotocols=subprotocols, max_size=MAX_FRAME_SIZE)
        self._protocol.send_request(self._protocol.connect())

    @property
    def is_open(self) -> bool:
        """Whether the handshake is over."""
        return self._protocol.state is not State.CONNECTING

    def say(self, message: bytes) -> None:
        """Send one message."""
        self._protocol.send_text(message)

    def receive(self, data: bytes) -> list[bytes]:
        """Take in bytes from the socket (b"": its end); returns the complete messages, one line each."""
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        frames = [event for event in self._protocol.events_received() if isinstance(event, Frame)]
        return [line for frame in frames if frame.opcode is Opcode.TEXT for line in codec.lines_of(bytes(frame.data))]

    def to_send(self) -> bytes:
        """The bytes to write now: messages, and answers to pings."""
        return b"".join(self._protocol.data_to_send())
