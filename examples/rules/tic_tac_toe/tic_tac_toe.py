"""Tic-tac-toe: two play, and everybody else looks on.

Run it:   roomcast serve tic_tac_toe.py       and open the address that it prints, on two devices or in two windows;
          python play_tic_tac_toe.py Ada      plays in a terminal
"""

from roomcast.server import Player, Reject, Room

LINES = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]
OTHER = {"X": "O", "O": "X"}


class TicTacToe(Room):
    def on_create(self) -> None:
        self.state["seats"] = {"X": None, "O": None}  # ids of players
        self.state["begins"] = "X"
        self.deal()

    def deal(self) -> None:
        """Begin a round."""
        self.state["board"] = [""] * 9
        self.state["turn"] = self.state["begins"]
        self.state["result"] = ""  # X, O or draw; empty while the round goes on
        self.state["line"] = []  # the three cells that have won

    def on_join(self, player: Player) -> None:
        player["wins"] = 0
        self.seat(player)

    def seat(self, player: Player) -> None:
        """Give the player a seat, if one is free."""
        for mark, sitting in self.state["seats"].items():
            if sitting is None:
                self.state["seats"][mark] = player.id
                return

    def on_leave(self, player: Player) -> None:
        mark = self.mark_of(player)
        if mark is None:
            return
        self.state["seats"][mark] = None
        self.deal()  # nobody takes over a game that is half lost
        for waiting in self.players:
            if self.mark_of(waiting) is None:
                self.seat(waiting)

    def mark_of(self, player: Player) -> str | None:
        return next((mark for mark, sitting in self.state["seats"].items() if sitting == player.id), None)

    def playing(self, player: Player) -> str:
        """The player's mark. Raises `Reject` for those who look on."""
        mark = self.mark_of(player)
        if mark is None:
            raise Reject("you are looking on: both seats are taken")
        return mark

    def on_place(self, player: Player, cell: int) -> None:
        mark, board = self.playing(player), self.state["board"]
        if None in self.state["seats"].values():
            raise Reject("wait until somebody plays with you")
        if self.state["result"]:
            raise Reject("this round is over: begin another one")
        if self.state["turn"] != mark:
            raise Reject("it is not your turn")
        if not 0 <= cell < 9:
            raise Reject("there is no such cell: they are 0 to 8")
        if board[cell]:
            raise Reject("that cell is taken")
        board[cell] = mark
        self.state["turn"] = OTHER[mark]
        won = next((line for line in LINES if all(board[one] == mark for one in line)), None)
        if won is not None:
            self.state["result"], self.state["line"] = mark, list(won)
            player["wins"] += 1
        elif "" not in board:
            self.state["result"] = "draw"

    def on_again(self, player: Player) -> None:
        self.playing(player)
        if not self.state["result"]:
            raise Reject("this round is not over yet")
        self.state["begins"] = OTHER[self.state["begins"]]
        self.deal()
