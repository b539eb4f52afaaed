"""Heads of requests: however they are cut into pieces, whatever follows them, and whatever bytes come."""

from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcast.transports.http_message import Request
from roomcast.transports.request_head import MAX_HEAD, BadHead, HeadReader, is_host, parse

HEADS = [
    b"GET / HTTP/1.1\r\nHost: localhost",
    b"GET /dots/%C3%A9?x=1&y=2 HTTP/1.1\r\nHost: 192.168.1.20:8112\r\nAccept: a\r\naccept: b\r\nX-Empty:",
    b"HEAD http://[fd00::1]:8112/dots HTTP/1.1\r\nHost: other",
    b"OPTIONS * HTTP/1.1\r\nhOsT:\t localhost \t",
    b"GET / HTTP/1.0",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: " + "été".encode("latin-1"),
]
END = b"\r\n\r\n"


def read(*pieces: bytes) -> tuple[bytes, bytes] | None:
    """What the last piece completes; those before complete nothing."""
    reader = HeadReader()
    for piece in pieces[:-1]:
        assert reader.take(piece) is None
    return reader.take(pieces[-1])


@pytest.mark.parametrize("head", HEADS)
def test_a_head_is_the_same_whole_byte_by_byte_and_with_what_follows(head: bytes) -> None:
    whole = head + END
    assert read(whole) == (head, b"")
    assert read(*(whole[place : place + 1] for place in range(len(whole)))) == (head, b"")
    assert read(whole + b"\x81\x00" + whole) == (head, b"\x81\x00" + whole)
    assert read(b"\r\n\r\n" + whole) == (head, b"")
    for place in range(1, len(whole)):
        assert read(whole[:place], whole[place:] + b"more") == (head, b"more")


def test_what_a_head_says() -> None:
    plain, page, absolute, options, old, letters = (parse(head, "10.0.0.7") for head in HEADS)
    assert plain == Request.to("/", [("Host", "localhost")], peer="10.0.0.7")
    assert (page.path, page.query, page.host) == ("/dots/%C3%A9", "x=1&y=2", "192.168.1.20:8112")
    assert (page.headers["Accept"], page.headers["X-Empty"]) == ("a, b", "")
    assert (absolute.method, absolute.path, absolute.host) == ("HEAD", "/dots", "[fd00::1]:8112")
    assert absolute.headers["Host"] == "other"
    assert (options.method, options.path, options.host) == ("OPTIONS", "*", "localhost")
    assert (old.version, old.host) == ("HTTP/1.0", "")
    assert letters.headers["X"] == "été"


def test_a_head_has_a_size_and_is_refused_as_soon_as_it_is_larger() -> None:
    start = b"GET / HTTP/1.1\r\nHost: a\r\nX: "
    fits = start + b"x" * (MAX_HEAD - len(start))
    assert read(fits, END) == (fits, b"")
    reader = HeadReader()
    assert reader.take(fits) is None
    with pytest.raises(BadHead, match=str(MAX_HEAD)) as refused:
        reader.take(b"x" * len(END))
    assert refused.value.status == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE


def test_empty_lines_before_a_request_are_few() -> None:
    assert read(b"\r\n" * 8 + HEADS[0] + END) == (HEADS[0], b"")
    for pieces in ([b"\r\n" * 9], [b"\r", b"\n"] * 9, [b"\r\n" * 100_000]):
        with pytest.raises(BadHead, match="not with empty ones") as refused:
            read(*pieces)
        assert refused.value.status == HTTPStatus.BAD_REQUEST


@given(st.lists(st.binary(max_size=40), max_size=30), st.sampled_from([b"", *HEADS]))
def test_whatever_comes_is_a_request_or_is_refused(pieces: list[bytes], before: bytes) -> None:
    outcomes = []
    for cut in ([before + b"".join(pieces) + END], [before, *pieces, END]):
        reader = HeadReader()
        try:
            taken = None
            for piece in cut:
                if taken is None:
                    taken = reader.take(piece)
            outcomes.append(None if taken is None else parse(taken[0]))
        except BadHead as error:
            outcomes.append(error.status)
    assert outcomes[0] == outcomes[1], "whole or in pieces"
    if isinstance(outcomes[0], Request):
        assert outcomes[0].path == "*" or outcomes[0].path.startswith("/")
        assert is_host(outcomes[0].host) or outcomes[0].version == "HTTP/1.0"
