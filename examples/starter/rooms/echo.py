"""A list on which nothing stands twice. Programs add only what they are told, what they said themselves as well.

roomcast serve echo.py
"""

from roomcast.server import Player, Reject, Room


class Echo(Room):
    def on_create(self) -> None:
        self.state["things"] = []

    def on_join(self, player: Player) -> None:
        for thing in self.state["things"]:
            self.emit("add", thing, by=player, to=player)

    def on_add(self, player: Player, thing: str) -> None:
        if thing in self.state["things"]:
            raise Reject(f"{thing} is on the list already")
        self.state["things"].append(thing)
        self.emit("add", thing, by=player)  # for everyone, the sender too
