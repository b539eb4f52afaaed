"""HTTP requests and responses (RFC 9110), independent of the library that reads and writes them.

A transport makes a `Request` of what it has parsed, and sends the `Response` that it gets for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Final, Protocol, TypeAlias
from urllib.parse import parse_qs

_MAX_QUERY: Final = 4_000  # bytes that are looked at: a room's options, percent-encoded, are the longest here
TEXT: Final = "text/plain; charset=utf-8"


class Headers(Mapping[str, str]):
    """Header fields by name, case-insensitively. Values of a field that comes more than once are joined by commas.

    RFC 9110, sections 5.1 and 5.3.

    >>> headers = Headers([("Host", "example.org"), ("Accept", "a"), ("accept", "b")])
    >>> headers["host"], headers["ACCEPT"], headers.get("Origin")
    ('example.org', 'a, b', None)
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields: dict[str, str] = {}
        for name, value in fields:
            key = name.lower()
            self._fields[key] = f"{self._fields[key]}, {value}" if key in self._fields else value

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def tokens(self, name: str) -> list[str]:
        """The elements of a comma-separated field, without white space; [] where the field is missing.

        RFC 9110, section 5.6.1.
        """
        return [token for part in self.get(name, "").split(",") if (token := part.strip())]


@dataclass(frozen=True, slots=True)
class Request:
    """A request without a body.

    >>> request = Request.to("/qr.svg?path=/dots")
    >>> request.path, request.query, request.parameter("path")
    ('/qr.svg', 'path=/dots', '/dots')
    """

    method: str  # "GET"
    path: str  # as it was sent: percent-encoded
    query: str = ""  # what follows the first "?", percent-encoded
    headers: Headers = field(default_factory=Headers)
    peer: str = ""  # IP address of the client; "": the transport does not know it
    host: str = ""  # which host it is for, with a port where it was given; "": it does not say (HTTP/1.0 may)
    secure: bool = False  # it was made over TLS, which ended at a proxy
    version: str = "HTTP/1.1"

    @classmethod
    def to(
        cls,
        target: str,
        headers: Iterable[tuple[str, str]] = (),
        *,
        method: str = "GET",
        peer: str = "",
        host: str | None = None,
        version: str = "HTTP/1.1",
    ) -> Request:
        """The request for a target in origin form: path and query (RFC 9112, section 3.2.1).

        `host`: where it is another one than in the field Host.
        """
        path, _, query = target.partition("?")
        fields = Headers(headers)
        return cls(method, path, query, fields, peer, fields.get("Host", "") if host is None else host, version=version)

    def parameter(self, name: str, default: str = "") -> str:
        """The first value of a query parameter, decoded."""
        return parse_qs(self.query[:_MAX_QUERY]).get(name, [default])[0]


class Body(Protocol):
    """A body that is read piece by piece. Whoever gets it closes it; `read` may wait for a disk."""

    @property
    def size(self) -> int:
        """Bytes in all."""
        ...

    def read(self, most: int, /) -> bytes:
        """The next bytes, `most` at the most; b"" at the end."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Response:
    """A response. The transport adds Content-Length, and the fields of the connection, such as Connection."""

    status: HTTPStatus
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    cost: float = 0.0  # microseconds that it took to make, beside what every response takes
    stream: Body | None = None  # a body that is read while it is sent, in place of `body`
    later: Callable[[], Response] | None = None  # makes the response itself, in a thread: it waits for a disk
    topic: str = ""  # the help topic to which the transport adds a link, where the body is a sentence


Handler: TypeAlias = Callable[[Request], Response]


def text_response(status: HTTPStatus, sentence: str, more: Mapping[str, str] | None = None, *, topic: str) -> Response:
    """A refusal: a sentence for people, and its help topic; `more`: its other header fields."""
    fields = {"Content-Type": TEXT, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **(more or {})}
    return Response(status, fields, f"{sentence}\n".encode(), topic=topic)


def with_help(response: Response, link: Callable[[str], str]) -> Response:
    """The response as it is sent: a sentence ends in the link that `link` makes to its help topic."""
    if not response.topic:
        return response
    return replace(response, body=response.body.removesuffix(b"\n") + f" {link(response.topic)}\n".encode())
