"""The head of an HTTP request: the request line and the header fields (RFC 9112), read without a library.

It is strict where leniency lets two programs see two different requests: white space before a colon, folded lines, bare
line ends, two Hosts, two lengths.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

from roomcast.transports.http_message import Request

MAX_HEAD: Final = 16 * 1024  # bytes: browsers with many cookies send up to 8 KiB
MAX_FIELDS: Final = 100
_MAX_EMPTY: Final = 16  # bytes: of the empty lines before a request, of which some old clients send one
METHODS: Final = ("GET", "HEAD", "OPTIONS")  # that are answered
_OTHER_METHODS: Final = frozenset({"POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT"})  # known, and not allowed here

_END: Final = b"\r\n\r\n"
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")  # RFC 9110, section 5.5
_VERSION: Final = re.compile(r"HTTP/(\d)\.\d")
_TARGET: Final = re.compile(r"[\x21-\x7e]+")
_HOST: Final = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+(?:%25[\w.~-]+)?\])(?::\d{0,5})?")
_FIRST: Final = re.compile(rb"[\r\nA-Za-z]")  # what a request begins with


class BadHead(Exception):
    """A request that is not taken; `message` is a sentence for whoever wrote the program that sent it."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class HeadReader:
    """Collects a head that comes in pieces. The time it takes follows the bytes, not the pieces."""

    __slots__ = ("_empty", "_so_far")

    def __init__(self) -> None:
        self._so_far = bytearray()
        self._empty = 0  # bytes of empty lines

    def take(self, piece: bytes | memoryview) -> tuple[bytes, bytes] | None:
        """The head, and the bytes after it; None while there is more to come. Raises `BadHead`.

        >>> reader = HeadReader()
        >>> reader.take(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r")
        >>> reader.take(b"\\nmore")
        (b'GET / HTTP/1.1\\r\\nHost: x', b'more')
        """
        so_far = self._so_far
        searched = max(0, len(so_far) - len(_END) + 1)
        so_far += piece
        if so_far and not _FIRST.match(so_far):
            raise _bad("this port speaks plain HTTP, and these bytes are none: is it https:// where http:// is right?")
        while so_far.startswith(b"\r\n"):  # empty lines before a request are skipped (RFC 9112, section 2.2)
            del so_far[:2]
            searched = 0
            self._empty += 2
            if self._empty > _MAX_EMPTY:
                raise _bad("a request begins with a line such as GET / HTTP/1.1, and not with empty ones")
        end = so_far.find(_END, searched)
        if end > MAX_HEAD or (end < 0 and len(so_far) > MAX_HEAD):
            raise BadHead(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"the head of a request has at most {MAX_HEAD} bytes"
            )
        return None if end < 0 else (bytes(so_far[:end]), bytes(so_far[end + len(_END) :]))


def parse(head: bytes, peer: str = "") -> Request:
    """The request with this head, without the empty line at its end. Raises `BadHead`.

    `peer` is the IP address that it came from.
    """
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, version = _request_line(first)
    fields = [_field(line) for line in lines]
    if len(fields) > MAX_FIELDS:
        raise BadHead(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"a request has at most {MAX_FIELDS} header fields")
    _check_body(fields, method)
    host, target = _host(target, [value for name, value in fields if name.lower() == "host"], version)
    return Request.to(target, fields, method=method, peer=peer, host=host, version=version)


def _request_line(line: str) -> tuple[str, str, str]:
    parts = line.split(" ")
    if len(parts) != 3 or not _TOKEN.fullmatch(parts[0]) or not _TARGET.fullmatch(parts[1]):
        raise _bad("the first line of a request is such as GET / HTTP/1.1")
    method, target, version = parts
    found = _VERSION.fullmatch(version)
    if found is None:
        raise _bad("the first line of a request ends in HTTP/1.1")
    if found[1] != "1":
        raise BadHead(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "this server speaks HTTP/1.1")
    if method in _OTHER_METHODS:
        raise BadHead(HTTPStatus.METHOD_NOT_ALLOWED, f"nothing here takes {method}: pages are read with GET")
    if method not in METHODS:
        raise BadHead(HTTPStatus.NOT_IMPLEMENTED, "this server knows GET, HEAD and OPTIONS")
    return method, target, version


def _field(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    value = value.strip(" \t")
    if not colon or not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
        raise _bad("a header field is a name, a colon and a value, on one line")
    return name, value


def _check_body(fields: list[tuple[str, str]], method: str) -> None:
    """Requests that are answered here have no body (RFC 9112, section 6)."""
    lengths = [value for name, value in fields if name.lower() == "content-length"]
    if any(not (one.isascii() and one.isdigit()) for one in lengths) or len(set(lengths)) > 1:
        raise _bad("Content-Length is one number")
    if any(name.lower() == "transfer-encoding" for name, _ in fields) or any(one.strip("0") for one in lengths):
        raise _bad(f"a request with {method} has no body here")


def _host(target: str, hosts: list[str], version: str) -> tuple[str, str]:
    """The host that a request is for, with its port, and its target without it (RFC 9112, sections 3.2 and 3.3)."""
    if len(hosts) > 1 or (not hosts and version == "HTTP/1.1"):
        raise _bad("a request has exactly one Host")
    host = hosts[0] if hosts else ""
    if hosts and not is_host(host):
        raise _bad("Host is a name or an address, and perhaps a port")
    scheme, absolute, rest = target.partition("://")
    if absolute and scheme.lower() in ("http", "https"):  # for a proxy: then this host counts, and not the field
        host, _, path = rest.partition("/")
        if not is_host(host):
            raise _bad("the host in the first line is a name or an address, and perhaps a port")
        return host, f"/{path}"
    if not target.startswith("/") and target != "*":
        raise _bad("the path of a request begins with /")
    return host, target


def is_host(text: str) -> bool:
    """Whether it is a host as requests have it, with or without a port (RFC 3986, section 3.2.2).

    >>> [is_host(one) for one in ("class-pc:8112", "[fd00::1]:8112", "", "a b", "user@host", "a:b", "[::1")]
    [True, True, False, False, False, False, False]
    """
    return _HOST.fullmatch(text) is not None


def _bad(message: str) -> BadHead:
    return BadHead(HTTPStatus.BAD_REQUEST, message)
