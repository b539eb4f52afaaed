"""HTTP requests and responses (RFC 9110), independent of the library that reads and writes them.

A transport makes a `Request` of what it has parsed, and sends the `Response` that it gets for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, TypeAlias
from urllib.parse import parse_qs

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

    @classmethod
    def to(
        cls, target: str, headers: Iterable[tuple[str, str]] = (), *, method: str = "GET", peer: str = ""
    ) -> Request:
        """The request for a target in origin form: path and query (RFC 9112, section 3.2.1)."""
        path, _, query = target.partition("?")
        return cls(method, path, query, Headers(headers), peer)

    def parameter(self, name: str, default: str = "") -> str:
        """The first value of a query parameter, decoded."""
        return parse_qs(self.query).get(name, [default])[0]


@dataclass(frozen=True, slots=True)
class Response:
    """A response. The transport adds Content-Length, and the fields of the connection, such as Connection."""

    status: HTTPStatus
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


Handler: TypeAlias = Callable[[Request], Response]
