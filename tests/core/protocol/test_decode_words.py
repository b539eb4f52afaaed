"""What is wrong with a message is said in our words, whatever the decoder says."""

from __future__ import annotations

import pytest

from roomcast.core.protocol import codec
from roomcast.core.protocol.decode_words import in_words
from roomcast.errors import ProtocolError
from tests.core.vectors import bytes_of, load


@pytest.mark.parametrize("vector", load("refused.json"), ids=lambda vector: vector["name"])
def test_no_word_of_the_decoder_reaches_who_sent_it(vector: dict[str, str]) -> None:
    with pytest.raises(ProtocolError) as error:
        codec.decode_client(bytes_of(vector))
    for word in ("`", "Expected", "Object", "$", "malformed", "int64", "truncated"):
        assert word not in error.value.message


def test_what_is_wrong_is_said_by_its_place_and_kind() -> None:
    for text, says in [
        (b'{"t":"do","n":"1","c":"x"}', "n is text, where a whole number is wanted"),
        (b'{"t":"do","n":1,"c":"x","to":[1]}', "to[0] is a whole number, where text is wanted"),
        (b'{"t":"do","c":"x"}', "the field n is missing"),
        (b'{"t":"do"', "no JSON: it ends too soon, or a text has half a character (a lone surrogate)"),
        (b"move 5 0", "no JSON from byte 0 on"),
    ]:
        with pytest.raises(ProtocolError) as error:
            codec.decode_client(text)
        assert error.value.message == f"not a message: {says}"


def test_a_sentence_that_nobody_knows_yet_becomes_a_general_one() -> None:
    assert in_words("Brand new complaint - at `$.a.b`") == "a.b has a value that it must not have"
