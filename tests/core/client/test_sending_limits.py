"""What a client holds back because its server would not accept it."""

from __future__ import annotations

import pytest

from roomcast.core.client.sending_limits import SendingLimits
from roomcast.core.protocol.client_limits import ClientLimits
from roomcast.errors import BadArgument


@pytest.fixture
def limits() -> SendingLimits:
    one = SendingLimits()
    one.update(ClientLimits(message_size=100, rate=10, burst=20, silent_for=25, json_depth=8, json_values=30))
    return one


def test_before_the_first_welcome_everything_passes() -> None:
    one = SendingLimits()
    one.check(b"x" * 10**7, "move")
    assert one.rate_warning(10**6) == ""


def test_a_message_may_be_as_large_as_the_server_says(limits: SendingLimits) -> None:
    limits.check(b'"' + b"x" * 98 + b'"', "move")
    with pytest.raises(BadArgument, match="move takes 101 bytes, and a message may have 100"):
        limits.check(b'"' + b"x" * 99 + b'"', "move")


@pytest.mark.parametrize("line", [b"[" * 9 + b"]" * 9, b"[" + b"1," * 40 + b"1]"], ids=["deep", "many values"])
def test_a_message_may_be_as_deep_and_hold_as_much_as_the_server_says(limits: SendingLimits, line: bytes) -> None:
    assert len(line) > limits.unchecked
    with pytest.raises(BadArgument, match="move cannot be sent"):
        limits.check(line, "move")


def test_haste_is_told_once_until_it_has_passed(limits: SendingLimits) -> None:
    assert limits.rate_warning(40) == ""
    assert "41 of our messages wait, for the server takes 10 a second" in limits.rate_warning(41)
    assert limits.rate_warning(100) == ""
    assert limits.rate_warning(30) == ""
    assert limits.rate_warning(41) == ""
    assert limits.rate_warning(20) == ""
    assert limits.rate_warning(41) != ""


def test_a_server_that_tells_haste_itself_is_left_to_it(limits: SendingLimits) -> None:
    limits.told = True
    assert limits.rate_warning(100) == ""
