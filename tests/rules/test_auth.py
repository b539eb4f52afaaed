"""`on_auth` in `playtest`: who may come in, and what the rules know of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from roomcast.core.server.rules_change import change_rules
from roomcast.errors import BadArgument, CannotConnect, Refused
from roomcast.rules.app_file import RuledKinds
from roomcast.server import Player, Reject, Room
from roomcast.testing import playtest
from roomcast.testing.playtest import RulesFailed
from tests.rules.clubs import ADA, ALAN, Club, SlowClub


def refused(code: str, why: str, join: Callable[[], object]) -> None:
    with pytest.raises(CannotConnect, match=why) as caught:
        join()
    assert caught.value.code == code


def test_who_is_known_comes_in_and_its_rules_know_of_it() -> None:
    game = playtest(Club)
    ada = game.join("red", credential=ADA)
    assert ada.room.me.name == "Ada", "on_auth has said so"
    assert ada.rank() == 3
    assert game.server.ranks == {ada.room.me.id: 3}
    alan = game.join("blue", credential=ALAN)
    assert alan.room.me.name == "blue"
    assert game.server.players[alan.room.me.id].auth == {"id": 8, "rank": 1}


def test_who_is_not_stays_outside_and_nothing_is_made_for_it() -> None:
    game = playtest(Club)
    refused("auth-refused", "they ask who you are", lambda: game.join("red"))
    refused("auth-refused", "nobody has this password", lambda: game.join("red", credential="guess"))
    refused("auth-refused", "nobody has this password", lambda: game.create("red", credential="guess", private=True))
    refused("auth-refused", "nobody has this password", lambda: game.join_or_create("red", credential="guess"))
    assert game.directory.rooms == {}


@pytest.mark.parametrize("credential", ["n", "nobody", "this password", "nobody has this password"])
def test_why_somebody_was_rejected_is_not_told_where_it_quotes_the_credential_and_the_maker_reads_that(
    credential: str, caplog: pytest.LogCaptureFixture
) -> None:
    game = playtest(Club)
    why = "^the room's rules do not let you in [(]"
    for _ in range(2):
        refused("auth-refused", why, lambda: game.join("red", credential=credential))
    (told,) = (one.getMessage() for one in caplog.records if "Club.on_auth" in one.getMessage())
    assert "rejected somebody who is not told why, for the credential is in that sentence: write one without it" in told
    assert credential in ("n", "nobody") or credential not in told


def test_what_is_known_is_sent_to_nobody_and_the_credential_neither() -> None:
    class Secretive(Club):
        kind = "club"

        @staticmethod
        def on_auth(name: str, credential: str | None, options: dict[str, Any]) -> dict[str, Any]:
            return {"iban": "DE02 1203 0000", "email": "ada@example.org"}

    game = playtest(Secretive)
    game.join("red", credential=ADA)
    game.join("blue", credential=ALAN)
    game.red.leave()
    game.leaks_nothing({"": ["iban", "DE02", "example", "sesame", "xyzzy"]})


def test_it_stays_as_it_is() -> None:
    game = playtest(Club)
    game.join("red", credential=ADA)
    with pytest.raises(RulesFailed, match="stays what on_auth has returned"):
        game.red.promote()
    assert game.red.rank() == 3


def test_a_room_without_on_auth_knows_nothing_of_anybody() -> None:
    class Plain(Room):
        def on_look(self, player: Player) -> Any:
            return player.auth

    game = playtest(Plain)
    assert game.join("red", credential=ADA).look() == {}


def test_true_lets_in_and_options_are_those_of_the_room() -> None:
    seen: list[Any] = []

    class Fun(Room):
        @staticmethod
        def on_auth(name: str, credential: str | None, options: dict[str, Any]) -> bool:
            seen.append((name, credential, options))
            return True

        def on_look(self, player: Player) -> Any:
            return player.auth

    game = playtest(Fun)
    assert game.join_or_create(" red ", mode="fun").look() == {}
    assert game.join("blue", credential="x").look() == {}
    assert seen == [("red", None, {"mode": "fun"}), ("blue", "x", {})]


def test_who_comes_back_is_not_asked_again() -> None:
    asked: list[str | None] = []

    class Doors(Room):
        @staticmethod
        def on_auth(name: str, credential: str | None, options: dict[str, Any]) -> dict[str, Any]:
            asked.append(credential)
            return {"id": len(asked)}

        def on_join(self, player: Player, auth: dict[str, Any]) -> None:
            player["joined"] = player.get("joined", 0) + auth["id"]

        def on_id(self, player: Player) -> Any:
            return player.auth["id"]

    game = playtest(Doors)
    red = game.join("red", credential="a")
    red.drop()
    red.come()
    assert asked == ["a"]
    assert red.id() == 1
    red.drop()
    game.advance(40)  # its seat is given up
    assert len(game.directory.rooms["doors"].state.players) == 0
    red.come()
    assert asked == ["a"]
    assert red.id() == 1
    assert red.sees("red")["joined"] == 1
    red.drop()
    game.advance(500)  # its session is over, and the room is no more
    red.come()
    assert asked == ["a", "a"]
    assert red.id() == 2


@pytest.mark.parametrize("level", ["none", "full"])
def test_after_a_restart_it_is_known_where_the_room_was_kept(level: str) -> None:
    asked: list[str | None] = []

    class Doors(Room):
        @staticmethod
        def on_auth(name: str, credential: str | None, options: dict[str, Any]) -> dict[str, Any]:
            asked.append(credential)
            return {"id": len(asked)}

        def on_id(self, player: Player) -> Any:
            return player.auth["id"]

    game = playtest(Doors, level=level)
    game.join("red", credential="a")
    game.join("blue", credential="b")
    game.restart()
    if level == "full":
        assert (asked, game.red.id(), game.blue.id()) == (["a", "b"], 1, 2)
        game.red.drop()
        game.advance(40)  # its seat is given up; the disk has the session, and not who it is
        game.restart()
        game.red.come()
        assert (asked, game.red.id(), game.blue.id()) == (["a", "b", "a"], 3, 2)
    else:
        assert (asked, game.red.id(), game.blue.id()) == (["a", "b", "a", "b"], 3, 4)


def test_what_is_known_goes_on_with_other_rules() -> None:
    class Later(Club):
        kind = "club"

        @staticmethod
        def on_auth(name: str, credential: str | None, options: dict[str, Any]) -> dict[str, Any]:
            return {"rank": 9}

        def on_rank(self, player: Player) -> int:
            return -int(player.auth["rank"])

    game = playtest(Club)
    game.join("red", credential=ADA)
    kinds = game.directory.kinds
    assert isinstance(kinds, RuledKinds)
    kinds.take({"club": Later})
    assert change_rules(game.directory, game.now) == {"club": ""}
    game.join("blue")
    assert (game.red.rank(), game.blue.rank()) == (-3, -9)


@pytest.mark.parametrize(
    ("gives", "why"),
    [
        (None, "returned nothing: True or a dict"),
        (7, "returned a int"),
        ("Ada", "returned a str"),
        ({"since": {1, 2}}, "a set would be a list"),
        ({"x": "y" * 5000}, "may take 4,096"),
        ({"name": "a\nb"}, 'has a "name" that no player can have'),
        ({"name": 7}, 'has a "name" that no player can have'),
    ],
)
def test_what_is_no_answer_lets_nobody_in(gives: Any, why: str) -> None:
    class Doors(Room):
        @staticmethod
        def on_auth(name: str, credential: str | None, options: dict[str, Any]) -> Any:
            return gives

    game = playtest(Doors)
    with pytest.raises((RulesFailed, CannotConnect)) as caught:
        game.join("red", credential=ADA)
    assert why in str(caught.value)


def test_what_fails_lets_nobody_in_and_the_maker_reads_why() -> None:
    class Doors(Room):
        @staticmethod
        def on_auth(name: str, credential: str | None, options: dict[str, Any]) -> Any:
            raise OSError("no such table: accounts")

    game = playtest(Doors)
    with pytest.raises(RulesFailed, match="no such table: accounts"):
        game.join("red", credential=ADA)


def test_an_async_one_may_take_its_time() -> None:
    game = playtest(SlowClub)
    before = game.now
    game.join("red", credential="3")
    assert game.now - before >= 3
    refused("auth-late", "setting: auth-time", lambda: game.join("blue", credential="60"))
    assert list(game.directory.rooms["slowclub"].state.players) == ["red"]


def test_it_is_cancelled_where_who_waits_goes_away() -> None:
    told: list[str] = []

    class Doors(Room):
        @staticmethod
        async def on_auth(name: str, credential: str | None, options: dict[str, Any]) -> bool:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                told.append(name)
                raise
            return True

    game = playtest(Doors)
    refused("auth-late", "auth-time", lambda: game.join("red"))
    game.run()
    assert told == ["red"]
    assert game.directory.auth.running == len(game.directory.auth) == 0


def test_on_join_may_refuse_by_what_is_known() -> None:
    class Elite(Club):
        kind = "club"

        def on_join(self, player: Player, auth: dict[str, Any]) -> None:
            if auth["rank"] < 2:
                raise Reject("come again with rank 2")

    game = playtest(Elite)
    game.join("red", credential=ADA)
    refused("rejected", "come again with rank 2", lambda: game.join("blue", credential=ALAN))
    assert game.server.players[game.red.room.me.id].auth["rank"] == 3


@pytest.mark.parametrize("value", [7, b"x", {"password": "open sesame"}, "open sesame \ud800"])
def test_a_credential_is_text_and_no_sentence_shows_it(value: Any) -> None:
    game = playtest(Club)
    with pytest.raises(BadArgument, match="credential=") as caught:
        game.join("red", credential=value)
    assert "sesame" not in str(caught.value)


def test_handlers_may_ask_for_what_is_not_known() -> None:
    game = playtest(Club)
    game.join("red", credential=ADA)
    with pytest.raises(Refused, match="no command"):
        game.red.auth("x")
