"""Games in which one player after the other has its turn: whose it is, for how long, what was before, who has won."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Final

from roomcast.rules.rejection import Reject, RulesMistake
from roomcast.rules.room_class import Room
from roomcast.rules.room_player import Player

WAITING: Final = "waiting"
PLAYING: Final = "playing"
OVER: Final = "over"
_MOST_REMEMBERED: Final = 100  # states that can be taken back


class TurnRoom(Room):
    """A room whose players take turns. All of it is in `self.state`, so that programs see it:

    `phase`: "waiting", "playing" or "over"; or another that the rules set while they play. `order`: the ids of those
    who play. `turn`: the id of whose turn it is, None: nobody's. `until`: when that ends, on the room's time, in
    seconds; None: it does not end by itself. `result`: what `game_over` was given.
    """

    turn_seconds: ClassVar[float] = 0
    """How long a turn may take; then `time_is_up` runs. 0: as long as it takes."""

    def begin(self, order: Iterable[Player | str] | None = None) -> None:
        """Begin a game. `order`: who plays, and in which order; None: all who are here, as they came."""
        players = self.players if order is None else order
        ids = [player.id if isinstance(player, Player) else player for player in players]
        if not ids or len(set(ids)) < len(ids) or any(one not in self.players for one in ids):
            raise RulesMistake(f"self.begin({ids}): the order has players who are here, each once")
        self.state["order"], self.state["phase"] = ids, PLAYING
        self.state.pop("result", None)
        self.remembered: list[dict[str, Any]] = []
        self._give_turn_to(ids[0])

    @property
    def turn(self) -> Player | None:
        """Whose turn it is; None: nobody's."""
        return self.players.get(self.state.get("turn") or "")

    def check_turn(self, player: Player) -> None:
        """Raises `Reject`, with a sentence for the player, where it is not its turn."""
        now = self.turn
        if now == player:
            return
        if self.state.get("phase", WAITING) == OVER:
            raise Reject("the game is over")
        raise Reject("the game has not begun" if now is None else f"it is {now.name}'s turn")

    def end_turn(self, *, skip: int = 0) -> None:
        """The next one has its turn. `skip`: so many miss theirs."""
        order, now = self.state.get("order"), self.state.get("turn")
        if not order:
            raise RulesMistake("self.end_turn(): the game has not begun: call self.begin() first")
        place = order.index(now) if now in order else -1
        self._give_turn_to(order[(place + 1 + skip) % len(order)])

    def game_over(self, **result: Any) -> None:
        """Nobody has a turn any more. `result`: what programs find in `state["result"]`, as in `winner=player.id`."""
        self._give_turn_to(None)
        self.state["phase"], self.state["result"] = OVER, result

    def time_is_up(self, player: Player) -> None:
        """The player's turn took too long: the next one has its turn, where a class does not say otherwise."""
        self.end_turn()

    # ------------------------------------------------------------------ taking back

    def remember(self) -> None:
        """Before a move: keep the room's state as it is, so that the move can be taken back."""
        self.remembered = [*getattr(self, "remembered", []), dict(self.state)][-_MOST_REMEMBERED:]

    def take_back(self) -> None:
        """The room's state is as it was at the last `remember`; whose turn it was has it again. Raises `Reject`."""
        remembered = getattr(self, "remembered", [])
        here = [one for one in remembered[-1].get("order", []) if one in self.players] if remembered else []
        if not here:
            raise Reject("there is nothing to take back")
        *self.remembered, before = remembered
        for key in list(self.state):
            if key not in before:
                del self.state[key]
        self.state.update(before)
        self.state["order"] = here
        self._give_turn_to(before["turn"] if before["turn"] in here else here[0])

    # ------------------------------------------------------------------ who goes, and the clock

    def on_leave(self, player: Player) -> None:
        """Who leaves plays no more. A class that has an `on_leave` of its own calls `super().on_leave(player)`."""
        order = self.state.get("order", [])
        if player.id not in order or self.state.get("phase") == OVER:
            return
        rest = [one for one in order if one != player.id]
        if len(rest) < 2:
            self.state["order"] = rest
            self.game_over(winner=rest[0] if rest else None, left=player.id)
            return
        if self.state.get("turn") == player.id:
            self.end_turn()
        self.state["order"] = rest

    def _give_turn_to(self, player: str | None) -> None:
        timer = self.timers.get(getattr(self, "turn_timer", 0))
        if timer is not None:
            timer.cancel()
        self.state["turn"], self.state["until"] = player, None
        if player is not None and self.turn_seconds:
            self.state["until"] = self.time + self.turn_seconds
            self.turn_timer = self.after(self.turn_seconds, self.turn_is_over).id

    def turn_is_over(self) -> None:
        """Run by the timer of a turn."""
        player = self.turn
        if player is not None:
            self.time_is_up(player)
