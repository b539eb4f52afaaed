"""Guesses at the admin token, over real sockets: they wait, and nobody else does."""

from collections.abc import Callable
from contextlib import ExitStack

from tests.integration.conftest import RunningServer
from tests.integration.foreign import Foreign
from tests.waiting import wait_for

TOKEN = "k7fm-2qxp-9rtd"


def test_who_knows_the_token_is_let_in_at_once_while_others_at_its_address_guess(
    start_server: Callable[..., RunningServer],
) -> None:
    server = start_server(token=TOKEN)
    with ExitStack() as stack:
        guessers = [stack.enter_context(Foreign(server)) for _ in range(20)]
        for guesser in guessers[:5]:  # one after the other: of those at once, any may be the first
            guesser.say(t="watch", room="dots", token="a guess")
            assert guesser.hear()["code"] == "bad-token"
            assert guesser.farewell()[1] == 1008
        for guesser in guessers[5:]:
            guesser.say(t="watch", room="dots", token="a guess")
        admin = stack.enter_context(Foreign(server))
        admin.say(t="watch", room="dots", token=TOKEN)
        assert admin.hear()["admin"] is True
        waiting, answered = guessers[5:], []

        def some_are_answered() -> bool:
            for guesser in list(waiting):
                if heard := guesser.hear_now():
                    answered.extend(message["code"] for message in heard)
                    waiting.remove(guesser)
            return bool(answered)

        some_are_answered()
        assert len(answered) <= 3  # after one second, two and four; all others take eight
        wait_for(some_are_answered, what="the first of them is answered")
        assert set(answered) == {"bad-token"}
        for guesser in waiting:
            guesser.drop()  # the server would answer a close once it reads on
