"""Whoever is there says when it begins; then nobody comes in any more, until all have gone.

roomcast serve too_late.py
"""

from roomcast.server import Player, Reject, Room


class TooLate(Room):
    kind = "late"

    def on_create(self) -> None:
        self.begun = False

    def on_join(self, player: Player) -> None:
        if self.begun:
            raise Reject("too late: the game has begun")

    def on_begin(self, player: Player) -> None:
        if not self.begun:
            self.begun = True
            self.emit("start")

    def on_leave(self, player: Player) -> None:
        if not self.players:
            self.begun = False  # for whoever comes next
