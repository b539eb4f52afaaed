"""More than a few KB at once to everyone in a room: whole, and in order."""

import json
import os
import sys
from contextlib import ExitStack

import pytest

from roomcast.transports.fanout import LARGE, MANY
from tests.integration.conftest import RunningServer
from tests.integration.foreign import Foreign


def test_a_large_batch_comes_whole_to_all_of_many(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    if sys.platform == "linux":
        real = os.sendfile
        monkeypatch.setattr(os, "sendfile", lambda *how: sent.append(real(*how)) or sent[-1])
    with ExitStack() as stack:
        players = [Foreign(server) for _ in range(MANY + 2)]
        for player in players:
            stack.callback(player.socket.close)
            player.hello()
        players[-1].say(t="do", n=1, c="ready")
        for player in players:  # who has heard this is up to date: before, one is brought there by itself
            player.hear_next("do")
        texts = [str(number) * 2000 for number in range(3 * LARGE // 4000)]
        commands = [{"t": "do", "n": number + 1, "c": "say", "a": [text]} for number, text in enumerate(texts)]
        players[0].socket.send("\n".join(json.dumps(one) for one in commands))  # one message: so they are one batch
        for player in players:
            assert [player.hear_next("do")["a"] for _ in texts] == [[text] for text in texts]
    if sys.platform == "linux":
        assert len(sent) == len(players)
