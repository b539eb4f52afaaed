"""Guesses at the admin token, over real sockets: they wait, and nobody else does."""

from collections.abc import Callable
from contextlib import ExitStack

from tests.integration.conftest import RunningServer
from tests.integration.foreign import Foreign

TOKEN = "k7fm-2qxp-9rtd"


def test_who_knows_the_token_is_let_in_at_once_while_others_at_its_address_guess(
    start_server: Callable[..., RunningServer],
) -> None:
    server = start_server(token=TOKEN)
    with ExitStack() as stack:
        guessers = [stack.enter_context(Foreign(server)) for _ in range(20)]
        for guesser in guessers:
            guesser.say(t="watch", room="dots", token="a guess")
        for guesser in guessers[:5]:
            assert guesser.hear()["code"] == "bad-token"
            assert guesser.farewell()[1] == 1008
        admin = stack.enter_context(Foreign(server))
        admin.say(t="watch", room="dots", token=TOKEN)
        assert admin.hear()["admin"] is True
        assert [guesser.hear_now() for guesser in guessers[8:]] == [[]] * 12  # theirs takes seconds
        assert guessers[5].hear()["code"] == "bad-token"
        for guesser in guessers[6:]:
            guesser.drop()  # the server would answer a close once it reads on
