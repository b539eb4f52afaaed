"""The part of a room that makes moves quick and smooth: prediction of our own, interpolation of the others'."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable, Mapping
from copy import deepcopy
from types import MappingProxyType
from typing import Any, Concatenate, Final, ParamSpec, SupportsFloat

from roomcast.client.asking import Answer
from roomcast.client.given import seconds, shown, text
from roomcast.client.handlers import command_name
from roomcast.client.json_types import Argument
from roomcast.client.players import Player
from roomcast.client.prediction import Prediction
from roomcast.client.registration import check_runs
from roomcast.client.smooth import Smooth
from roomcast.client.timed_room import TimedRoom
from roomcast.core.client.pending_answer import PendingAnswer
from roomcast.errors import BadArgument

P = ParamSpec("P")
_log: Final = logging.getLogger("roomcast")
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class MovingRoom(TimedRoom):
    """Drawing at sixty frames a second what arrives ten or twenty times a second, and late."""

    _prediction: Prediction | None = None

    @property
    def me(self) -> Player:
        raise NotImplementedError

    def _ask(self, name: str, args: tuple[Argument, ...], kwargs: dict[str, Argument], answer: PendingAnswer) -> None:
        raise NotImplementedError

    def smooth(
        self,
        *keys: str,
        angles: tuple[str, ...] = (),
        delay: SupportsFloat | None = None,
        jump: float | None = None,
    ) -> Smooth:
        """Say where to draw players, from the numbers that they have under these keys of their state.

        Call what this returns with a player, in each frame. Others are shown a moment ago, on their way from one place
        that was heard to the next, instead of jumping there. `delay`: how long ago, in seconds; None: as long as news
        takes now. `angles`: keys of degrees, which turn the shorter way round. `jump`: who is further away than that
        from one place to the next has been put there, and does not glide. Raises `BadArgument`.

            smooth = room.smooth("x", "y")
            while playing:
                room.pump()
                for player in room.players:
                    x, y = smooth(player)
        """
        if not isinstance(angles, tuple | list):
            raise BadArgument(f'angles= takes the names of keys, as in angles=("turn",), not {shown(angles)}',
                              topic="setting")  # fmt: skip
        if not keys and not angles:
            raise BadArgument('room.smooth takes keys of the players\' state, as in room.smooth("x", "y")',
                              topic="setting")  # fmt: skip
        smooth = Smooth(
            self,
            tuple(text("a key of room.smooth", key) for key in keys),
            tuple(text("a key of angles=", key) for key in angles),
            delay=None if delay is None else seconds("delay=", delay),
            jump=None if jump is None else _distance(jump),
            predicted=self._own_prediction,
            clock=self._clock,
        )
        for event, run in smooth.listens_to:
            self._handlers.add(event, run)
        return smooth

    def predict(self, function: Callable[Concatenate[dict[str, Any], P], object], /) -> Callable[P, None]:
        """Decorator: calling the function sends the command of that name to the room's rules, and shows its effect now.

        The function is given this player's state as a dict, and the arguments, and changes the dict as the room's rules
        will change the player. `room.predicted` is our state with what was sent and not decided yet. When the room
        decides otherwise, that is put right. Calling it returns None; raises as `send`.

            @room.predict
            def move(me, dx, dy):
                me["x"] += dx
                me["y"] += dy
        """
        check_runs(function, "room.predict", coroutines=False)
        command = command_name(getattr(function, "__name__", ""))
        signature = inspect.signature(function)
        if self._prediction is None:
            self._prediction = Prediction(self._replica, _report)
        prediction = self._prediction

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> None:
            try:
                signature.bind({}, *args, **kwargs)
            except TypeError as error:
                raise BadArgument(f"{command}: {error}", topic="arguments") from None
            given: Any = deepcopy((args, kwargs))
            answer = Answer(command).then(_nothing)  # a refusal is an "error" event
            self._ask(command, given[0], given[1], answer.pending)
            prediction.add(answer.pending, command, lambda state: function(state, *given[0], **given[1]))

        return call

    @property
    def predicted(self) -> Mapping[str, Any]:
        """Our own state, with what was sent by functions of `predict` and has not been decided yet. To be read."""
        return _NOTHING if self._prediction is None else self._prediction.values

    def _own_prediction(self) -> tuple[Mapping[str, Any], Mapping[str, float]] | None:
        prediction = self._prediction
        return None if prediction is None else (prediction.values, prediction.corrections)


def _distance(jump: Any) -> float:
    if not isinstance(jump, int | float) or isinstance(jump, bool) or not jump > 0:
        raise BadArgument(f"jump= is a distance, as in jump=100, not {shown(jump)}", topic="setting")
    return float(jump)


def _nothing(result: object) -> None:
    """What a program does with the answer to a move: it sees it in the player's state."""


def _report(command: str, error: Exception) -> None:
    _log.warning("%s cannot be predicted, and is shown when the room has decided it", command, exc_info=error)
