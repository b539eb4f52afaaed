"""The order of a room with rules: with each turn, what it changes of the rules' truth goes to the commit log.

The truth is what the behaviour holds, and what the room keeps of it: greetings, and what readers with views have.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final

from msgspec import MsgspecError

from roomcast.core.room import greetings
from roomcast.core.room.behaviour import Behaviour
from roomcast.core.room.broken import RoomBroken
from roomcast.core.room.clock import Clock
from roomcast.core.room.commit_log import CommitLog, SavedRoom
from roomcast.core.room.decisions import FieldTexts
from roomcast.core.room.fold import EMPTY, PlayerState, RoomState, with_texts
from roomcast.core.room.greetings import Greetings
from roomcast.core.room.order import Order
from roomcast.core.room.rules_fold import BoxChange, Truth, fold, truth_patch
from roomcast.core.room.shadows import Shadows, is_shadow
from roomcast.core.room.views import MadeTurn
from roomcast.errors import ProtocolError, Refused

_NOTHING: Final[Mapping[str, BoxChange]] = {}
_NO_NUMBERS: Final[Mapping[str, int]] = {}
_KEPT_WITHOUT: Final = "was kept without rules, and has rules now"
_HAD_VIEWS: Final = "was kept with views or own fields of players, and its rules have none now"
_OTHER_OWN: Final = "was kept with other own fields of players"
_AS_BEFORE: Final = "is not shown now to whom it was then: give it its hint Owner[…] back, or take another name"
_REMOVE: Final = "give one of them another name, or remove the room from the file with 'roomcast forget'"


class RuledOrder(Order):
    """As `Order`. No batch of the behaviour is open when an entry is proposed but the one that the entry is made of.

    Turns are folded when somebody asks for the state: until then, what they set is noted, the newest of each field.
    """

    __slots__ = ("_folded", "_greetings", "_shadows", "_unfolded", "behaviour")

    def __init__(
        self, commits: CommitLog, clock: Clock, behaviour: Behaviour, greetings: Greetings, shadows: Shadows | None
    ) -> None:
        self._folded = EMPTY
        self._unfolded: dict[str, FieldTexts] = {}  # by owner: what turns have set since `_folded`
        super().__init__(commits, clock)
        self.behaviour = behaviour
        self._greetings = greetings
        self._shadows = shadows

    if not TYPE_CHECKING:  # in `Order`, it is an attribute

        @property
        def state(self) -> RoomState:
            if self._unfolded:
                self._fold()
            return self._folded

        @state.setter
        def state(self, state: RoomState) -> None:
            self._folded = state
            self._unfolded.clear()

    def _fold(self) -> None:
        self._folded, self._unfolded = with_texts(self._folded, self._unfolded), {}

    @property
    def players(self) -> Mapping[str, PlayerState]:
        """Who is in the room; what they have set may be older than in `state`, for which more has to be done."""
        return self._folded.players

    def propose_turn(
        self,
        turn: MadeTurn,
        at: int,
        changes: Mapping[str, BoxChange] = _NOTHING,
        numbers: Mapping[str, int] = _NO_NUMBERS,
        over: Collection[str] = (),
    ) -> int:
        """Propose a turn of the room's rules, which was made for the next seq and the time `at`. Returns its seq.

        `changes`: those of the behaviour. `numbers`, `over`: as in `CommitLog.append_turn`.
        """
        seq = self.last + 1
        try:
            truth = None
            if self.commits.kept:
                seen = {} if self._shadows is None else self._shadows.changes()
                truth = truth_patch({**changes, **seen, greetings.BOX: self._greetings.changes()})
            if turn.state is not None:
                self.state = turn.state
            if turn.changed:
                self._note(turn.changed)
            self.at = at
            self.others += 1
            self.append(seq, turn.line, turn.private)
            self.commits.append_turn(seq, turn.line, turn.private, truth, numbers, over)
            if self.commits.snapshot_due:
                self._save_snapshot()
        except Exception as error:
            raise RoomBroken(self.commits) from error
        return seq

    def _note(self, changed: dict[str, FieldTexts]) -> None:
        """A turn has set this in the public state."""
        unfolded = self._unfolded
        removed = False
        for owner, texts in changed.items():
            if owner in unfolded:
                unfolded[owner] |= texts
            else:
                unfolded[owner] = texts
            removed = removed or None in texts.values()
        if removed:  # at once: a field that is set again after that is the last one
            self._fold()

    def _save_snapshot(self) -> None:
        self.commits.save_snapshot(self.last, self.snapshot(), self.truth())

    def truth(self) -> Truth:
        """All that is true after the newest entry."""
        boxes = self.behaviour.save()
        if self._shadows is not None:
            boxes.update(self._shadows.save())
        if len(self._greetings):
            boxes[greetings.BOX] = self._greetings.save()
        return Truth(boxes)

    def restore_rules(self, saved: SavedRoom) -> int:
        """Let the rules go on with what they had; the entries are restored. Returns what `Behaviour.restore` does.

        Raises `Refused`.
        """
        room, shadows = self.commits.room, self._shadows
        if not saved.has_rules:
            raise Refused("disk", f"the room {room!r} {_KEPT_WITHOUT}: {_REMOVE}")
        try:
            boxes = fold(saved.truth, [patch for _, patch in sorted(saved.truth_patches.items())]).boxes
            seen = {name: boxes.pop(name) for name in list(boxes) if is_shadow(name)}
            if shadows is not None:
                shadows.restore(seen, self.state)
                if others := shadows.other_own_fields(self.state):
                    raise Refused("disk", f"the room {room!r} {_OTHER_OWN}: {min(others)!r} {_AS_BEFORE}")
            elif any(seen.values()):
                raise Refused("disk", f"the room {room!r} {_HAD_VIEWS}: give them back, or {_REMOVE}")
            self._greetings.restore(boxes.pop(greetings.BOX, {}))
            return self.behaviour.restore(Truth(boxes), self.state.players.values())
        except (ProtocolError, MsgspecError, KeyError):
            message = f"the room {room!r} cannot be opened: what is kept of its rules is damaged"
            raise Refused("disk", message) from None
