"""What is noted of a room with rules, beside it: after each entry, what is true there, and what each reader is to read.

A room that opens again from disk goes on with what was noted up to the entry that it opens with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import AnyEntry, Entry
from roomcast.core.protocol.turn_effects import Event
from roomcast.core.room.decisions import Emitted, Turned
from roomcast.core.room.private_lines import TurnLines
from roomcast.core.room.rules_fold import BoxFields
from roomcast.rules.room_behaviour import RoomBehaviour
from roomcast.testing.promises import ONCE, TRUTH, Broken
from roomcast.testing.random_rules import Lab
from roomcast.testing.rules_model import RulesModel, Seen, value_of
from roomcast.testing.timer_plan import TimerPlan

GREETING: Final = "hello"  # the event that the rules emit for who comes in


@dataclass(frozen=True, slots=True)
class Moment:
    """After one entry."""

    seen: dict[str, Seen]  # by reader; "": those who only look on
    line: bytes  # public
    lines: TurnLines | None  # of those who read another one
    events: tuple[Emitted, ...] | None  # None: the rules were not asked, as of what greets who begins to read
    numbers: dict[str, list[int]]  # by player: of its commands in it
    answered: dict[str, list[int]]  # by player: the numbers of its asks that it answers
    sent_out: frozenset[str]
    jobs: Mapping[str, int]  # works that are begun, and have not ended
    done: frozenset[str]  # keys of all commands that are done
    boxes: dict[str, BoxFields]  # what is true; nothing for rooms that are not kept
    model: tuple[Any, ...]
    timers: dict[str, tuple[float, int, float, int]]

    def seen_by(self, player: str) -> Seen:
        return self.seen.get(player) or self.seen[""]

    def entry_for(self, player: str) -> Entry:
        """The entry as a player reads it."""
        entry = codec.decode_server(self.line if self.lines is None else self.lines.line_of(player))
        assert isinstance(entry, Entry)
        return entry

    def events_for(self, player: str) -> tuple[Event, ...] | None:
        if self.events is None:
            return None
        return tuple(one.event for one in self.events if one.readers is None or player in one.readers)


_NOTHING: Final = Moment(
    {"": {"state": {}, "players": {}}}, b"", None, (), {}, {}, frozenset(), {}, frozenset(), {}, (), {}
)  # in a room without an entry


class RulesRecord:
    """Of one room, as one server process has it open. `before`: as it was open before, if it is kept."""

    def __init__(self, lab: Lab, before: RulesRecord | None = None) -> None:
        self.lab = lab
        self.moments: dict[int, Moment] = {}  # by seq, of turns; what is passed on as it came changes nothing
        self.entries: dict[int, bytes] = {}  # by seq, of this process: the line in full, as far as all may see it
        self.undone: dict[str, int] = {}  # by player: the least number of its commands that a crash has undone
        self.model = RulesModel(lab.secrets)
        self.timers = TimerPlan()
        self._before = before
        self._used: dict[str, dict[int, int]] = {}  # by player: by number of its commands, the seq of its effects
        self._numbers: dict[str, list[int]] = {}  # by player: of commands in the open batch
        self._turned: Turned | None = None  # what the batch did that was closed last
        self._plan = b""
        self._done: frozenset[str] = frozenset()
        self._done_text = b""

    def at(self, seq: int) -> Moment:
        """After an entry."""
        while seq and seq not in self.moments:
            seq -= 1
        return self.moments.get(seq, _NOTHING)

    def entries_after(self, seq: int) -> list[AnyEntry]:
        """What has come since: also what the room itself has forgotten meanwhile."""
        entries = []
        while (line := self.entries.get(seq := seq + 1)) is not None:
            entries.append(cast(AnyEntry, codec.decode_server(line)))
        return entries

    # ------------------------------------------------------------------ what happens in the room

    def joining(self, player: str) -> None:
        """Somebody has taken a seat: its numbers begin anew, where it is another one than before."""
        self._used.pop(player, None)

    def took(self, player: str, n: int) -> None:
        """A command stands."""
        self._numbers.setdefault(player, []).append(n)

    def kept(self, behaviour: RoomBehaviour) -> None:
        """A decision stands."""
        plan = behaviour.own.texts.get("plan", b"{}")
        if plan != self._plan:
            self._plan = plan
            self.timers.note(value_of(plan))
        self.timers.is_next(behaviour.next_due)

    def closed(self, turned: Turned) -> None:
        """A batch was closed."""
        self._turned = None if turned.is_empty and not self._numbers else turned

    def appended(self, behaviour: RoomBehaviour, seq: int, line: bytes, lines: TurnLines | None, *, kept: bool) -> None:
        """An entry has its place."""
        self.model.note(behaviour)
        turned, self._turned = self._turned, None
        numbers, self._numbers = self._numbers, {}
        for player, used in numbers.items():
            self._used.setdefault(player, {}).update(dict.fromkeys(used, seq))
        if (text := behaviour.own.texts["done"]) != self._done_text:
            self._done_text, self._done = text, frozenset(value_of(text))
        events: tuple[Emitted, ...] | None = None
        answered: dict[str, list[int]] = {}
        sent_out: frozenset[str] = frozenset()
        if turned is not None:
            events, sent_out = turned.events, frozenset(turned.sent_out)
            answered = {player: [one.n for one in many] for player, many in turned.answers.items()}
            self.lab.sent_out |= sent_out
        boxes = behaviour.save() if kept else {}
        jobs = value_of(behaviour.own.texts["jobs"])
        self.moments[seq] = Moment(
            self.model.seen, line, lines, events, numbers, answered, sent_out, jobs, self._done, boxes,
            self.model.save(), self.timers.save(),
        )  # fmt: skip

    # ------------------------------------------------------------------ over a restart

    def opening(self, boxes: dict[str, BoxFields], last: int) -> None:
        """The room is given what was kept, up to the entry `last`. Raises `Broken` where that is not what was true."""
        before = self._before
        if before is None:
            raise Broken(TRUTH, "a room opens with what no room has had")
        self.moments = {seq: moment for seq, moment in before.moments.items() if seq <= last}
        moment = self.at(last)
        given, true = (_listed(one) for one in (boxes, moment.boxes))
        if given != true:
            wrong = sorted({name for name in {**given, **true} if given.get(name) != true.get(name)})
            raise Broken(TRUTH, f"the room opens after entry {last}, with another truth in {', '.join(wrong)}")
        self.model.restore(moment.model)
        self.timers.restore(moment.timers)
        self._plan = bytes(boxes["self"].get("plan", b"{}"))
        for player, numbers in before._used.items():
            kept = {n: seq for n, seq in numbers.items() if seq <= last}
            undone = (numbers.keys() - kept.keys()) | set(before._numbers.get(player, ()))
            self._used[player] = kept
            if undone:
                self.undone[player] = min(undone)

    def numbers_are_of_what_was_done(self, player: str, n: int) -> None:
        """The room has opened: a player's session has used the numbers up to `n`. Raises `Broken`."""
        if n >= self.undone.get(player, n + 1):
            raise Broken(ONCE, f"command {self.undone[player]} of {player} counts as taken, and a crash undid it")


def _listed(boxes: dict[str, BoxFields]) -> dict[str, list[tuple[str, bytes]]]:
    """With the order of fields, where rules can see that."""
    return {name: [(field, bytes(text)) for field, text in box.items()] for name, box in boxes.items() if box}
