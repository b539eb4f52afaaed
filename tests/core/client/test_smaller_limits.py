"""The client core comes back to a server that has started again with smaller limits."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import Raw

from roomcast.core.protocol.client_limits import ClientLimits
from roomcast.core.protocol.messages import Error
from roomcast.errors import ProtocolError
from tests.core.talk import Talk

SMALLER = ClientLimits(message_size=200, rate=60, burst=120, silent_for=25)


def do_long(talk: Talk, size: int = 500) -> None:
    talk.client.do("long", Raw(b'["%s"]' % (b"x" * size)), None, talk.now)


@pytest.mark.parametrize("written", [True, False])
@pytest.mark.parametrize("resumed", [True, False])
def test_what_no_longer_fits_costs_one_error_and_no_number_is_left_out(
    live: Talk, resumed: bool, written: bool
) -> None:
    if written and resumed:
        live.do("first")
        do_long(live)
        live.do("second")
        live.written()
        live.lose()
    else:
        live.lose()
        live.do("first")
        do_long(live)
        live.do("second")
    live.events()
    live.connect()
    live.welcome(seq=5, session="s1" if resumed else "s2", resumed=resumed, limits=SMALLER)
    sent = live.written()
    errors = [event for event in live.events() if isinstance(event, Error)]
    assert [(message.n, message.c) for message in sent] == [(1, "first"), (2, "second")]
    assert [error.code for error in errors] == ["too-big"]
    assert "long takes" in errors[0].message
    assert "200" in errors[0].message
    live.do("third")
    assert [(message.n, message.c) for message in live.written()] == [(3, "third")]
    assert live.client.unacknowledged == 3


def test_what_the_server_has_had_is_not_dropped_for_it_is_in_the_log(live: Talk) -> None:
    do_long(live)
    live.do("second")
    live.written()
    live.lose()
    live.connect()
    live.welcome(seq=6, resumed=True, n=1, limits=SMALLER)
    assert [message.n for message in live.written()] == [2]
    assert not [event for event in live.events() if isinstance(event, Error)]
    assert live.client.unacknowledged == 2


def test_what_is_handed_over_just_before_the_welcome_is_looked_at_again(live: Talk) -> None:
    live.lose()
    live.connect()
    do_long(live)
    live.welcome(seq=5, resumed=True, limits=SMALLER)
    do_long(live, 10)
    assert [message.n for message in live.written()] == [1]
    assert [event.code for event in live.events() if isinstance(event, Error)] == ["too-big"]


def test_pieces_that_no_longer_fit_end_their_call_and_it_alone(live: Talk) -> None:
    live.client.send("picture", Raw(b'[""]'), {0: b"x" * 5000}, None)
    live.written()
    live.lose()
    live.do("step")
    live.events()
    live.connect()
    live.welcome(seq=5, resumed=True, limits=SMALLER)
    sent = live.written()
    assert [message.n for message in sent] == list(range(1, len(sent) + 1))
    assert "step" in [message.c for message in sent]
    assert bytes(sent[-1].a) == b"[1]"  # the others are told that no more will come
    assert {event.code for event in live.events() if isinstance(event, Error)} == {"too-big"}


def test_a_call_with_bytes_whose_other_arguments_no_longer_fit_is_dropped(live: Talk) -> None:
    live.lose()
    live.client.send("picture", Raw(b'["","%s"]' % (b"x" * 500)), {0: b"x"}, None)
    live.events()
    live.connect()
    live.welcome(seq=5, resumed=True, limits=SMALLER)
    assert live.written() == []
    assert [event.code for event in live.events() if isinstance(event, Error)] == ["too-big"]
    assert live.client.unacknowledged == 0
    live.do("step")
    assert [message.n for message in live.written()] == [1]


@pytest.mark.parametrize("limit", ["message_size", "json_depth", "json_values", "json_digits"])
def test_limits_that_nobody_can_keep_are_no_welcome(talk: Talk, limit: str) -> None:
    talk.connect()
    with pytest.raises(ProtocolError, match="no room for any message"):
        talk.welcome(limits=msgspec.structs.replace(SMALLER, **{limit: 0}))
