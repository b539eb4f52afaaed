"""A connection to the HTTP port until its request is answered, or it goes on as a WebSocket.

One request a connection. What a client does not send in time, or does not read, ends with the connection.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final, NamedTuple, Protocol, TypeAlias, cast

from roomcast import help_topics
from roomcast.core.protocol.limits import Limits
from roomcast.core.server.prices import PAGE
from roomcast.transports import handshake
from roomcast.transports.body_sender import BodySender
from roomcast.transports.http_message import Handler, Request, Response, text_response, with_help
from roomcast.transports.peer_address import peer_address
from roomcast.transports.request_head import METHODS, BadHead, HeadReader, parse
from roomcast.transports.scheduling import Handle, Scheduler
from roomcast.transports.transport_peer import Entrance

_BUFFER: Final = 16 * 1024  # bytes, shared by the connections of a port: each read is taken out at once
_MAX_DISCARDED: Final = 1024 * 1024  # bytes that a client may go on sending after its request was answered
_DISCARD_FOR: Final = 2.0  # seconds in which it may

_log: Final = logging.getLogger("roomcast.http")


class Access(Protocol):
    """Who may ask: `roomcast.server.access.Access`."""

    def resolved(self, request: Request) -> Request:
        """The request as it was made: by whom, and for which host, where a trusted proxy handed it on."""
        ...

    def refusal(self, request: Request) -> Response | None:
        """The response to a request that is not allowed here; None where it is."""
        ...


Upgrade: TypeAlias = Callable[[asyncio.Transport, Request, bytes], None]
"""Lets a connection go on as a WebSocket; the bytes came after the head of its request."""


class HttpPort(NamedTuple):
    """What the connections of one port share."""

    limits: Limits
    scheduler: Scheduler
    access: Access
    entrance: Entrance
    respond: Handler
    upgrade: Upgrade
    help_link: Callable[[str], str]
    buffer: memoryview


def http_port(
    limits: Limits,
    scheduler: Scheduler,
    access: Access,
    entrance: Entrance,
    respond: Handler,
    upgrade: Upgrade,
    help_link: Callable[[str], str],
) -> HttpPort:
    """The shared part, with the buffer that all of its connections read into.

    `help_link` makes the link in which a refusal ends, of its help topic.
    """
    buffer = memoryview(bytearray(_BUFFER))
    return HttpPort(limits, scheduler, access, entrance, respond, upgrade, help_link, buffer)


class HttpConnection(asyncio.BufferedProtocol):
    """One connection: reads a request, and answers it."""

    __slots__ = ("_address", "_discarded", "_head", "_port", "_refused", "_sender", "_timer", "_transport")

    def __init__(self, port: HttpPort) -> None:
        self._port = port
        self._head: HeadReader | None = HeadReader()  # None: it was answered
        self._discarded = 0
        self._refused = False
        self._sender: BodySender | None = None

    # ------------------------------------------------------------------ from the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._address = peer_address(transport)  # under which it counts
        if not self._port.entrance.accepted(self._address, self._port.scheduler.now()):
            self._refused = True
            self._transport.abort()
            return
        self._timer: Handle = self._port.scheduler.call_later(self._port.limits.hello_within, self._transport.abort)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._port.buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self._head is None:
            self._discarded += nbytes
            if self._discarded > _MAX_DISCARDED:
                self._transport.abort()
            return
        try:
            taken = self._head.take(self._port.buffer[:nbytes])
            if taken is not None:
                self._answer(parse(taken[0], self._address), taken[1])
        except BadHead as error:
            self._send(_refused(error), Request("GET", "/"), linger=True)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._refused:
            self._timer.cancel()
            if self._sender is not None:
                self._sender.end()
            self._port.entrance.ended(self._address, self._port.scheduler.now())

    def pause_writing(self) -> None:
        if self._sender is not None:
            self._sender.pause()

    def resume_writing(self) -> None:
        if self._sender is not None:
            self._sender.resume()

    # ------------------------------------------------------------------ the answer

    def _answer(self, request: Request, rest: bytes) -> None:
        """Answer a request; a plain one of an address that has had too much of the server's time waits its turn."""
        wait, response = 0.0, None
        try:
            request = self._port.access.resolved(request)
            response = self._moved(request)
            if response is None and not handshake.is_upgrade(request):
                wait = self._port.entrance.charge(self._address, PAGE, 0, self._port.scheduler.now())
        except Exception:
            response = _server_error(request)
        if wait > 0:
            self._head = None
            self._timer.cancel()
            self._timer = self._port.scheduler.call_later(wait, self._respond, request, rest, response)
        else:
            self._respond(request, rest, response)

    def _respond(self, request: Request, rest: bytes, response: Response | None) -> None:
        if response is None:
            try:
                response = self._response(request)
            except Exception:
                response = _server_error(request)
        if response is None:
            self._timer.cancel()
            self._port.upgrade(self._transport, request, rest)
            return
        if response.later is not None:
            self._head = None
            self._timer.cancel()
            making = asyncio.get_running_loop().run_in_executor(None, response.later)
            making.add_done_callback(lambda made: self._made(made, request, rest))
            return
        self._send(response, request, linger=bool(rest))

    def _made(self, making: asyncio.Future[Response], request: Request, rest: bytes) -> None:
        """A response was made in a thread; the connection may have ended meanwhile."""
        try:
            response = making.result()
        except Exception:
            response = _server_error(request)
        if not self._transport.is_closing():
            self._send(response, request, linger=bool(rest))
        elif response.stream is not None:
            response.stream.close()

    def _response(self, request: Request) -> Response | None:
        """The response to a request; None: it goes on as a WebSocket."""
        response = self._port.access.refusal(request)
        if response is not None:
            return response
        return handshake.refusal(request) if handshake.is_upgrade(request) else self._port.respond(request)

    def _moved(self, request: Request) -> Response | None:
        """Count the connection for the client that a trusted proxy names; the response where that may have no more."""
        if request.peer == self._address:
            return None
        refused = self._port.entrance.moved(self._address, request.peer, self._port.scheduler.now())
        if refused is not None:
            return text_response(HTTPStatus.SERVICE_UNAVAILABLE, refused, {"Retry-After": "5"}, topic="server-full")
        self._address = request.peer
        return None

    def _send(self, response: Response, request: Request, *, linger: bool) -> None:
        """Write a response, and end the connection; `linger`: there may be more to come, which is not read."""
        self._head = None
        self._timer.cancel()
        # No page of this server can be read under a name that it does not go by: there the command is of more use.
        is_misdirected = response.status == HTTPStatus.MISDIRECTED_REQUEST
        response = with_help(response, help_topics.link if is_misdirected else self._port.help_link)
        at_once = len(response.body) if request.method != "HEAD" else 0  # of a stream, each piece is charged
        self._port.entrance.charge(self._address, response.cost, at_once, self._port.scheduler.now())
        self._transport.write(response_bytes(response, body=request.method != "HEAD"))
        if response.stream is not None and request.method == "HEAD":
            response.stream.close()
        elif response.stream is not None:
            self._timer = self._port.scheduler.call_later(self._port.limits.unread_for, self._transport.abort)
            self._sender = BodySender(self._transport, response.stream, self._progress, lambda: self._end(linger))
            self._sender.start()
            return
        self._end(linger)

    def _progress(self, size: int) -> float:
        """The client reads, and was sent a piece. Returns seconds to wait before the next."""
        self._timer.cancel()
        now = self._port.scheduler.now()
        wait = self._port.entrance.charge(self._address, 0, size, now)
        self._timer = self._port.scheduler.call_later(wait + self._port.limits.unread_for, self._transport.abort)
        return wait

    def _end(self, linger: bool) -> None:
        self._timer.cancel()
        if linger and self._transport.can_write_eof():
            # Closed at once, with bytes unread, the system would reset it, and the client might not read the response
            # (RFC 9112, section 9.6).
            self._transport.write_eof()
            self._timer = self._port.scheduler.call_later(_DISCARD_FOR, self._transport.abort)
            return
        self._transport.close()
        self._timer = self._port.scheduler.call_later(self._port.limits.unread_for, self._transport.abort)


def _size(response: Response) -> int:
    return len(response.body) if response.stream is None else response.stream.size


def response_bytes(response: Response, *, body: bool = True) -> bytes:
    """A response as it goes over the wire (RFC 9112, section 4); without its body for HEAD."""
    status = response.status
    fields: dict[str, str] = {**response.headers, "Connection": "close"}
    if status != HTTPStatus.NOT_MODIFIED and status != HTTPStatus.NO_CONTENT:
        fields["Content-Length"] = str(_size(response))
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (response.body if body else b"")


def _server_error(request: Request) -> Response:
    """The response where an exception was raised: a bug of ours, from which this request alone suffers."""
    _log.exception("the response to %s %s could not be made", request.method, request.path)
    sentence = "this server has made a mistake: its log says which"
    return text_response(HTTPStatus.INTERNAL_SERVER_ERROR, sentence, topic="room-broken")


def _refused(error: BadHead) -> Response:
    more: Mapping[str, str] = {}
    if error.status == HTTPStatus.METHOD_NOT_ALLOWED:
        more = {"Allow": ", ".join(METHODS)}
    return text_response(error.status, error.message, more, topic="request")
