"""What is written down of an exception has nothing of a credential in it, however that is quoted there."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from roomcast.rules.secret_texts import without_secret

SECRETS = ["pw", "ab\ncd\nef", "éàüöéàüö", "a'b\"c\\d'e", "日本語", "p w d x y z 1", "open sesame"]
QUOTES: list[Callable[[str], str]] = [
    str,
    repr,
    ascii,
    json.dumps,
    lambda secret: repr(secret.encode()),
    lambda secret: f"no account of {secret.upper()!r}",
]


@pytest.mark.parametrize("quote", QUOTES)
@pytest.mark.parametrize("secret", SECRETS)
def test_an_exception_that_quotes_a_credential_says_its_type_alone(secret: str, quote: Callable[[str], str]) -> None:
    shown = str(without_secret(KeyError(quote(secret)), secret))
    assert shown == "KeyError; what it says is not shown, for part of a credential is in it"


@pytest.mark.parametrize("secret", [None, "", "open sesame"])
def test_others_are_shown(secret: str | None) -> None:
    error = KeyError("no such table: accounts")
    assert without_secret(error, secret) is error
