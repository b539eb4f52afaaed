"""Faults, planted on purpose, that the simulator has to find in rooms with rules: who sees what, what is kept."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from roomcast.core.room import deciding_room
from roomcast.core.room.command_trace import CommandTrace, CommandTracer
from roomcast.core.room.decisions import Shown, Turned
from roomcast.core.room.feed import Feed
from roomcast.core.room.ruled_room import RuledRoom
from roomcast.core.room.session import Session
from roomcast.core.room.shadows import Shadows
from roomcast.core.room.shared_state import HELD, StateSizes
from roomcast.core.room.wire_formats import LineWire
from roomcast.core.server import trace_report
from roomcast.rules import room_behaviour, room_views
from roomcast.rules.boxes import Box
from roomcast.rules.room_behaviour import RoomBehaviour
from roomcast.testing.disk_commit_log import DiskCommitLog
from roomcast.testing.promises import BOUNDS, LEAK, ONCE, ORDER, TRUTH, VIEW, WHOLE
from roomcast.testing.ruled_scenario import RuledScenario
from roomcast.testing.scenario import Scenario
from tests.testing.planting import Fault, Faults, Patch, find, kept, some

pytestmark = pytest.mark.takes(30)

FAULTS = Faults(rules=True)


def views(scenario: Scenario) -> bool:
    """Players see different things."""
    return isinstance(scenario, RuledScenario) and scenario.views


def owns(scenario: Scenario) -> bool:
    """Players have fields that they alone see."""
    return isinstance(scenario, RuledScenario) and scenario.owns


def ticks(scenario: Scenario) -> bool:
    """What is decided gathers until the next tick."""
    return isinstance(scenario, RuledScenario) and scenario.tick_rate > 0


# ---------------------------------------------------------------------- no half-made change is ever seen


def undo_forgets(patch: Patch, name: str) -> None:
    def undo(box: Box) -> None:
        if box.called == name and box._touched:
            box.draft()
            box.keep()
        else:
            as_it_was(box)

    as_it_was = Box.undo
    patch.setattr(Box, "undo", undo)


@FAULTS.breaks(WHOLE)
def an_undo_forgets_the_state_of_the_room(patch: Patch) -> None:
    undo_forgets(patch, "self.state")


@FAULTS.breaks(WHOLE)
def an_undo_forgets_what_the_rules_keep(patch: Patch) -> None:
    undo_forgets(patch, "self")


@FAULTS.breaks(WHOLE)
def an_undo_forgets_players(patch: Patch) -> None:
    undo_forgets(patch, "player")


@FAULTS.breaks(WHOLE)
def the_dice_begin_anew_with_each_command(patch: Patch) -> None:
    def begin(one: RoomBehaviour, *what: Any, **how: Any) -> None:
        as_it_was(one, *what, **how)
        one._seq, one._kept = 1, 0

    as_it_was = RoomBehaviour._begin
    patch.setattr(RoomBehaviour, "_begin", begin)


@FAULTS.breaks(VIEW)
def a_batch_is_cut_in_two(patch: Patch) -> None:
    """Of what it changes, the players' part comes with the next one."""

    def close(one: RoomBehaviour) -> Turned:
        turned = as_it_was(one)
        before = rest.pop(one, {})
        rest[one] = {owner: fields for owner, fields in turned.changed.items() if owner}
        return msgspec.structs.replace(turned, changed={"": turned.changed.get("", {}), **before})

    rest: dict[Any, Any] = {}
    as_it_was = RoomBehaviour.close
    patch.setattr(RoomBehaviour, "close", close)


# ---------------------------------------------------------------------- each command at most once


@FAULTS.breaks(ONCE, lambda scenario: kept(scenario) and ticks(scenario))
def numbers_are_kept_before_what_they_did(patch: Patch) -> None:
    def decide(room: RuledRoom, cause: Any, now: float) -> Any:
        decision = as_it_was(room, cause, now)
        if (session := room.sessions.get(getattr(cause, "player", ""))) is not None and session.secret:
            room.seats.save(session)
        return decision

    as_it_was = RuledRoom._decide
    patch.setattr(RuledRoom, "_decide", decide)


@FAULTS.breaks(ONCE, kept)
def numbers_are_not_kept_with_what_they_did(patch: Patch) -> None:
    def append_turn(log: Any, seq: int, line: bytes, turn: Any, truth: Any, numbers: Any, over: Any = ()) -> None:
        as_it_was(log, seq, line, turn, truth, {}, over)

    as_it_was = DiskCommitLog.append_turn
    patch.setattr(DiskCommitLog, "append_turn", append_turn)


@FAULTS.breaks(ONCE)
def everyone_hears_that_a_command_is_done(patch: Patch) -> None:
    def make_turn(kind: Any, fields: Any, turned: Any, taken: Any, *more: Any) -> Any:
        made = as_it_was(kind, fields, turned, taken, *more)
        if made.private is not None and made.private.tails:
            tail = next(iter(made.private.tails.values()))
            line = made.line[:-1] + tail + b"}"
            private = type(made.private)(line, made.private.own, {}, made.private.size)
            return msgspec.structs.replace(made, line=line, private=private)
        return made

    as_it_was = deciding_room.make_turn
    patch.setattr(deciding_room, "make_turn", make_turn)


@FAULTS.breaks(ONCE)
def of_some_commands_nobody_hears_that_they_are_done(patch: Patch) -> None:
    def make_turn(kind: Any, fields: Any, turned: Any, taken: Any, *more: Any) -> Any:
        return as_it_was(kind, fields, turned, {} if fields[0] % 7 == 0 else taken, *more)

    as_it_was = deciding_room.make_turn
    patch.setattr(deciding_room, "make_turn", make_turn)


@FAULTS.breaks(ONCE)
def who_comes_back_has_one_command_less(patch: Patch) -> None:
    def come_back(room: RuledRoom, session: Session, *more: Any) -> None:
        session.n = max(0, session.n - 1)
        as_it_was(room, session, *more)

    as_it_was = RuledRoom.come_back
    patch.setattr(RuledRoom, "come_back", come_back)


# ---------------------------------------------------------------------- nobody is sent what is for others


@FAULTS.breaks(LEAK, owns)
def fields_of_a_player_go_to_all(patch: Patch) -> None:
    patch.setattr(room_behaviour, "parted", lambda changed, own_fields: (changed, {}))


@FAULTS.breaks(LEAK, owns)
def a_snapshot_has_the_fields_of_another(patch: Patch) -> None:
    def state_of(one: Shadows, player: str, public: Any) -> Any:
        return as_it_was(one, next(iter(public.players), ""), public)

    as_it_was = Shadows.state_of
    patch.setattr(Shadows, "state_of", state_of)


@FAULTS.breaks(LEAK, views)
def old_entries_are_sent_by_present_rights(patch: Patch) -> None:
    """Who comes back is sent of old entries what those were sent who see now what it sees."""

    class Filtered:
        def __init__(self, views: Any) -> None:
            self.views = views

        def get(self, player: str, began: int, common: bytes, /) -> bytes:
            twin = next((one for one in keys if keys[one] == keys.get(player)), player)
            found: bytes = self.views.get(twin, began, common)
            return found

    def turn(one: Shadows, *args: Any, **kwargs: Any) -> Any:
        seen = as_it_was(one, *args, **kwargs)
        keys.clear()
        keys.update(one._keys)
        return seen

    def filtered(feed: Feed, wire: Any, after: int) -> Any:
        upto, common, found = piece(feed, wire, after)
        return upto, common, found and Filtered(found)

    keys: dict[str, Any] = {}
    as_it_was, piece = Shadows.turn, Feed._piece
    patch.setattr(Shadows, "turn", turn)
    patch.setattr(Feed, "_piece", filtered)


@FAULTS.breaks(LEAK, views)
def traces_have_the_arguments_of_handled_commands(patch: Patch) -> None:
    def do(room: RuledRoom, session: Session, request: Any, now: float, *, asks: bool = False) -> int:
        as_it_was(room, session, request, now, asks=asks)
        return room.log.last

    def received(one: CommandTracer, seq: int, line: bytes, now: float, *, starter: bool = False) -> None:
        newest = one._log.private_lines.get(seq)
        shown = line + b"".join(newest.tails.values()) if newest is not None else line
        one._open[seq] = CommandTrace("agents", seq, "", "act", shown.decode(), now, shown, starter)

    as_it_was = RuledRoom.do
    patch.setattr(RuledRoom, "do", do)
    patch.setattr(CommandTracer, "received", received)
    patch.setattr(trace_report, "_line_of", lambda trace, lines: b"")  # it is no command of the log


@FAULTS.breaks(LEAK, views)
def a_view_that_fails_shows_all(patch: Patch) -> None:
    def kept_ones(one: Shadows, key: Any, shown: Any, present: Any) -> Shown:
        assert isinstance(one.behaviour, RoomBehaviour)
        boxes = one.behaviour._boxes
        texts = {owner: room_views._all_texts(box, frozenset()) for owner, box in boxes.items()}
        return Shown(texts.pop(""), texts)

    patch.setattr(Shadows, "_kept", kept_ones)


@FAULTS.breaks(LEAK)
def what_a_handler_raises_is_told(patch: Patch) -> None:
    def failed(one: RoomBehaviour, what: str, error: Exception, where: str) -> Any:
        return as_it_was(one, what, error, where)._replace(message=str(error))

    as_it_was = RoomBehaviour._failed
    patch.setattr(RoomBehaviour, "_failed", failed)


# ---------------------------------------------------------------------- everyone has what it may see


@FAULTS.breaks(VIEW, views)
def the_key_before_is_taken_as_the_key_now(patch: Patch) -> None:
    by_pair = Shadows._by_pair
    patch.setattr(Shadows, "_by_pair", lambda one, shown, keys: by_pair(one, {**one._shown, **shown}, one._keys))


@FAULTS.breaks(VIEW, views)
def who_comes_back_to_a_seat_is_shown_what_all_see(patch: Patch) -> None:
    state_of = Shadows.state_of
    patch.setattr(Shadows, "state_of", lambda one, player, public: state_of(one, "nobody", public))


@FAULTS.breaks(VIEW, views)
def views_are_not_looked_at_again_when_the_rules_keep_something_else(patch: Patch) -> None:
    def turn(one: Shadows, turned: Any, present: Any, *, moved: bool) -> Any:
        return as_it_was(one, msgspec.structs.replace(turned, unseen=False), present, moved=moved)

    as_it_was = Shadows.turn
    patch.setattr(Shadows, "turn", turn)


@FAULTS.breaks(VIEW, views)
def what_readers_had_is_not_kept(patch: Patch) -> None:
    restore = Shadows.restore
    patch.setattr(Shadows, "restore", lambda one, boxes, public: restore(one, {}, public))


@FAULTS.breaks(LEAK)
def events_for_some_go_to_all(patch: Patch) -> None:
    def close(one: RoomBehaviour) -> Turned:
        turned = closed(one)
        events = tuple(event._replace(readers=None) for event in turned.events)
        return msgspec.structs.replace(turned, events=events) if turned.events else turned

    closed = RoomBehaviour.close
    patch.setattr(RoomBehaviour, "close", close)


@FAULTS.breaks(ORDER)
def old_programs_do_not_hear_what_is_said_to_them_alone(patch: Patch) -> None:
    def render_events(wire: LineWire, seq: int, line: bytes, own: Any, rendered: Any) -> None:
        if b',"x":{' in line:
            as_it_was(wire, seq, line, own, rendered)

    as_it_was = LineWire._render_events
    patch.setattr(LineWire, "_render_events", render_events)


# ---------------------------------------------------------------------- what is restored is what was committed


@FAULTS.breaks(TRUTH, kept)
def the_truth_on_disk_is_a_turn_behind(patch: Patch) -> None:
    def append_turn(log: DiskCommitLog, seq: int, line: bytes, turn: Any, truth: Any, *more: Any) -> None:
        late = waiting.setdefault(log, [])
        late.append(truth)
        as_it_was(log, seq, line, turn, late.pop(0) if len(late) > 1 else None, *more)

    waiting: dict[DiskCommitLog, list[Any]] = {}
    as_it_was = DiskCommitLog.append_turn
    patch.setattr(DiskCommitLog, "append_turn", append_turn)


def box_is_not_kept(patch: Patch, name: str) -> None:
    changes = Box.changes
    patch.setattr(Box, "changes", lambda box: {} if box.called == name else changes(box))


@FAULTS.breaks(TRUTH, kept)
def what_the_rules_keep_is_not_on_disk(patch: Patch) -> None:
    box_is_not_kept(patch, "self")


@FAULTS.breaks(TRUTH, kept)
def timers_are_not_on_disk(patch: Patch) -> None:
    box_is_not_kept(patch, "self.timers")


@FAULTS.breaks(ORDER, kept)
def what_single_players_read_is_not_on_disk(patch: Patch) -> None:
    def append_turn(log: DiskCommitLog, seq: int, line: bytes, turn: Any, *more: Any) -> None:
        as_it_was(log, seq, line, None, *more)

    as_it_was = DiskCommitLog.append_turn
    patch.setattr(DiskCommitLog, "append_turn", append_turn)


# ---------------------------------------------------------------------- memory has bounds


@FAULTS.breaks(BOUNDS)
def what_the_rules_keep_does_not_count(patch: Patch) -> None:
    measure = StateSizes.measure
    patch.setattr(StateSizes, "measure", lambda sizes, owner, held: measure(sizes, owner, 0 if owner == HELD else held))


# ---------------------------------------------------------------------- all of them are found


@pytest.mark.timeout(900)  # seconds of work, which other programs on the machine may draw out
@pytest.mark.parametrize("fault", some(FAULTS), ids=str)
def test_the_simulator_finds(fault: Fault, monkeypatch: Patch) -> None:
    find(fault, monkeypatch)
