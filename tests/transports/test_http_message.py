"""Requests and their header fields."""

from roomcast.transports.http_message import Headers, Request


def test_names_of_header_fields_are_case_insensitive() -> None:
    headers = Headers([("Host", "example.org"), ("X-Forwarded-Proto", "https")])
    assert headers["host"] == headers["HOST"] == headers.get("hOsT") == "example.org"
    assert "x-forwarded-proto" in headers
    assert len(headers) == 2
    assert headers.get("Origin") is None


def test_a_field_that_comes_more_than_once_has_all_its_values() -> None:
    headers = Headers([("Accept", "a, b"), ("Host", "x"), ("ACCEPT", "c")])
    assert headers["accept"] == "a, b, c"
    assert headers.tokens("Accept") == ["a", "b", "c"]
    assert headers.tokens("Origin") == []


def test_path_and_query_stay_as_they_were_sent() -> None:
    request = Request.to("/code/a%20b?x=1?&y=%C3%A9&x=2")
    assert (request.method, request.path, request.query) == ("GET", "/code/a%20b", "x=1?&y=%C3%A9&x=2")
    assert request.parameter("x") == "1?"
    assert request.parameter("y") == "é"
    assert request.parameter("z") == ""
    assert request.parameter("z", "none") == "none"


def test_a_query_that_is_no_utf8_is_read_all_the_same() -> None:
    assert Request.to("/?path=%ff\udcff").parameter("path") == "\ufffd\udcff"
