"""Mistakes by which somebody would be sent what it may not see, made on purpose: the games at random find each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec
import pytest

from roomcast.core.room import deciding_room
from roomcast.core.room.command_trace import CommandTrace, CommandTracer
from roomcast.core.room.decisions import Shown
from roomcast.core.room.feed import Feed
from roomcast.core.room.ruled_room import RuledRoom
from roomcast.core.room.session import Session
from roomcast.core.room.shadows import Shadows
from roomcast.core.server import trace_report
from roomcast.errors import ProtocolError
from roomcast.rules import room_behaviour, room_views
from roomcast.rules.room_behaviour import RoomBehaviour
from tests.rules.planted import is_found
from tests.rules.test_views_at_random import play

Patch = pytest.MonkeyPatch


def key_pair_taken_as_the_key_now(patch: Patch) -> None:
    """The difference is made from what those have who have had the new key all along."""
    real = Shadows._by_pair
    patch.setattr(Shadows, "_by_pair", lambda self, shown, keys: real(self, {**self._shown, **shown}, self._keys))


def snapshot_with_the_fields_of_another(patch: Patch) -> None:
    real = Shadows.state_of
    patch.setattr(Shadows, "state_of", lambda self, player, public: real(self, next(iter(public.players), ""), public))


def snapshot_of_the_key_before(patch: Patch) -> None:
    """Who comes back to a seat is given what is right for those who only look on."""
    real = Shadows.state_of
    patch.setattr(Shadows, "state_of", lambda self, player, public: real(self, "nobody", public))


def acknowledgements_to_all(patch: Patch) -> None:
    """Everyone is told who has acted, and what it was answered."""
    real = deciding_room.make_turn

    def make_turn(kind: Any, fields: Any, turned: Any, taken: Any, *more: Any) -> Any:
        made = real(kind, fields, turned, taken, *more)
        if made.private is not None and made.private.tails:
            tail = next(iter(made.private.tails.values()))
            line = made.line[:-1] + tail
            private = type(made.private)(line, made.private.own, {}, made.private.size)
            return type(made)(line, private, made.changed, made.state)
        return made

    patch.setattr(deciding_room, "make_turn", make_turn)


def traces_with_arguments(patch: Patch) -> None:
    """A command that rules have handled is traced as any other."""
    real = RuledRoom.do

    def do(self: RuledRoom, session: Session, request: Any, now: float, *, asks: bool = False) -> int:
        real(self, session, request, now, asks=asks)
        return self.log.last

    def received(self: Any, seq: int, line: bytes, now: float, *, starter: bool = False) -> None:
        self._open[seq] = CommandTrace("spies", seq, "", "do", line.decode(), now, line, starter)

    patch.setattr(RuledRoom, "do", do)
    patch.setattr(CommandTracer, "received", received)
    patch.setattr(trace_report, "_line_of", lambda trace, lines: b"")  # it is no command of the log


def old_entries_by_present_rights(patch: Patch) -> None:
    """Who comes back is sent of old entries what those were sent who see now what it sees."""
    keys: dict[str, Any] = {}
    turn, piece = Shadows.turn, Feed._piece

    def noted(self: Any, *args: Any, **kwargs: Any) -> Any:
        seen = turn(self, *args, **kwargs)
        keys.clear()
        keys.update(self._keys)
        return seen

    class Filtered:
        def __init__(self, views: Any) -> None:
            self.views = views

        def get(self, player: str, began: int, common: bytes, /) -> bytes:
            twin = next((one for one in keys if keys[one] == keys.get(player)), player)
            found: bytes = self.views.get(twin, began, common)
            return found

    def filtered(self: Any, wire: Any, after: int) -> Any:
        upto, common, views = piece(self, wire, after)
        return upto, common, views and Filtered(views)

    patch.setattr(Shadows, "turn", noted)
    patch.setattr(Feed, "_piece", filtered)


def owner_fields_for_all(patch: Patch) -> None:
    patch.setattr(room_behaviour, "parted", lambda changed, own_fields: (changed, {}))


def a_failed_view_shows_all(patch: Patch) -> None:
    def kept(self: Any, key: Any, shown: Any, present: Any) -> Shown:
        boxes = self.behaviour._boxes
        texts = {owner: room_views._all_texts(box, frozenset()) for owner, box in boxes.items()}
        return Shown(texts.pop(""), texts)

    patch.setattr(Shadows, "_kept", kept)


def the_error_of_a_handler_is_told(patch: Patch) -> None:
    real = RoomBehaviour._failed

    def failed(self: RoomBehaviour, what: str, error: Any, where: str) -> Any:
        return real(self, what, error, where)._replace(message=str(error))

    patch.setattr(RoomBehaviour, "_failed", failed)


def views_that_are_made_once(patch: Patch) -> None:
    """A change of the room's own attributes is no reason to look again."""
    real = Shadows.turn

    def turn(self: Any, turned: Any, present: Any, *, moved: bool) -> Any:
        return real(self, msgspec.structs.replace(turned, unseen=False), present, moved=moved)

    patch.setattr(Shadows, "turn", turn)


FAULTS: Final[list[Callable[[Patch], None]]] = [
    key_pair_taken_as_the_key_now,
    snapshot_with_the_fields_of_another,
    snapshot_of_the_key_before,
    acknowledgements_to_all,
    traces_with_arguments,
    old_entries_by_present_rights,
    owner_fields_for_all,
    a_failed_view_shows_all,
    the_error_of_a_handler_is_told,
    views_that_are_made_once,
]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_leak_is_found(fault: Callable[[Patch], None], monkeypatch: Patch) -> None:
    fault(monkeypatch)
    assert is_found(play, errors=(AssertionError, ProtocolError))
