"""Where to draw players, so that they move smoothly whatever the network does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import exp
from typing import Any, Final, Protocol

from roomcast.client.motion import Place, PlayoutClock, Track
from roomcast.client.players import Player
from roomcast.client.running import CurrentEntry

_EASE: Final = 0.1  # seconds in which a correction of our own place fades to a third


class SmoothedRoom(Protocol):
    """The room, as it is asked here."""

    @property
    def me(self) -> Player: ...

    @property
    def entry(self) -> CurrentEntry: ...

    @property
    def time(self) -> float: ...

    @property
    def catching_up(self) -> bool: ...


class Smooth:
    """What `room.smooth("x", "y")` returns: call it with a player, and it says where to draw it now.

    Others are shown some time ago (`delay`), between what was heard of them. Our own player is shown as it is predicted
    (`room.predict`), and where the room has decided otherwise, it glides there; without predictions, as the others.
    """

    def __init__(
        self,
        room: SmoothedRoom,
        keys: tuple[str, ...],
        angles: tuple[str, ...],
        *,
        delay: float | None,
        jump: float | None,
        predicted: Callable[[], tuple[Mapping[str, Any], Mapping[str, float]] | None],
        clock: Callable[[], float],
    ) -> None:
        self._room = room
        self._keys = (*keys, *angles)
        self._angles = range(len(keys), len(self._keys))
        self._delay = delay
        self._jump = jump
        self._predicted = predicted  # our own state and its corrections so far; None: nothing is predicted
        self._clock = clock
        self._tracks: dict[str, Track] = {}  # by player
        self._playout = PlayoutClock()
        self._corrected: list[float] = [0.0] * len(self._keys)  # the corrections that were seen, by key
        self._offsets = list(self._corrected)  # what of them is still to fade
        self._eased = clock()
        self.listens_to: Final = (
            ("set", self._changed), ("leave", self._gone), ("skipped", self._anew), ("lost", self._anew)
        )  # fmt: skip  # events of the room

    @property
    def delay(self) -> float:
        """How long ago others are shown, in seconds."""
        return self._room.time - self.time

    @property
    def time(self) -> float:
        """The room's time at which others are shown: what a shot is aimed at, for rules that look back."""
        now = self._room.time
        return self._playout.time(now) if self._delay is None else now - self._delay

    def __call__(self, player: Player) -> Place:
        """The numbers of a player to draw it with, now: one for each key. A key without a number is 0.0."""
        if player == self._room.me and (predicted := self._predicted()) is not None:
            return self._own(*predicted)
        return self._track(player).at(self.time)

    # ------------------------------------------------------------------ what the room tells

    def _changed(self, player: Player, patch: Mapping[str, Any]) -> None:
        if not any(key in patch for key in self._keys):
            return
        entry = self._room.entry
        gap = self._track(player).add(entry.at, self._place(player))
        if player != self._room.me and not self._room.catching_up:
            self._playout.heard(entry.at + entry.age, entry.age, gap)

    def _gone(self, player: Player) -> None:
        self._tracks.pop(player.id, None)

    def _anew(self, *why: object) -> None:
        """What was heard before does not lead to what is now."""
        self._tracks.clear()

    # ------------------------------------------------------------------ places

    def _track(self, player: Player) -> Track:
        track = self._tracks.get(player.id)
        if track is None:
            track = self._tracks[player.id] = Track(self._angles, self._jump)
            track.add(0.0, self._place(player))  # where it is has been heard at some time
        return track

    def _place(self, player: Player) -> Place:
        return tuple(_number(player.get(key)) for key in self._keys)

    def _own(self, state: Mapping[str, Any], corrections: Mapping[str, float]) -> Place:
        now = self._clock()
        fade = exp((self._eased - now) / _EASE)
        self._eased = now
        place = []
        for index, key in enumerate(self._keys):
            corrected = corrections.get(key, 0.0)
            wrong = corrected - self._corrected[index]
            self._corrected[index] = corrected
            if index in self._angles:
                wrong = (wrong + 180) % 360 - 180
            elif self._jump is not None and abs(wrong) > self._jump:
                wrong = 0.0  # it was put there
            self._offsets[index] = offset = self._offsets[index] * fade - wrong
            place.append(_number(state.get(key)) + (offset if abs(offset) > 1e-3 else 0.0))
        return tuple(place)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
