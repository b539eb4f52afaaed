import pytest
from tic_tac_toe import TicTacToe

from roomcast import Refused
from roomcast.testing import Playtest, playtest


def play(game: Playtest, *cells: int) -> None:
    """Place marks, one player after the other."""
    for turn, cell in enumerate(cells):
        (game.Ada if turn % 2 == 0 else game.Alan).place(cell)


def test_three_in_a_line_win() -> None:
    game = playtest(TicTacToe, "Ada", "Alan")
    play(game, 0, 3, 1, 4, 2)
    assert (game.Alan.state["result"], game.Alan.state["line"]) == ("X", [0, 1, 2])
    assert game.Alan.players["Ada"]["wins"] == 1
    with pytest.raises(Refused, match="this round is over"):
        game.Alan.place(5)
    game.Alan.again()
    with pytest.raises(Refused, match="not your turn"):
        game.Ada.place(0)  # the other one begins now


def test_a_full_board_is_a_draw() -> None:
    game = playtest(TicTacToe, "Ada", "Alan")
    play(game, 0, 1, 2, 4, 3, 5, 7, 6, 8)
    assert game.Ada.state["result"] == "draw"


def test_nobody_cheats() -> None:
    game = playtest(TicTacToe, "Ada")
    with pytest.raises(Refused, match="wait until somebody"):
        game.Ada.place(0)
    game.join("Alan")
    game.join("Eve")
    with pytest.raises(Refused, match="looking on"):
        game.Eve.place(0)
    with pytest.raises(Refused, match="looking on"):
        game.Eve.again()
    with pytest.raises(Refused, match="not your turn"):
        game.Alan.place(0)
    for cell in (-1, 9, "0", 1.5, None):
        with pytest.raises(Refused):
            game.Ada.place(cell)
    game.Ada.place(4)
    with pytest.raises(Refused, match="taken"):
        game.Alan.place(4)
    with pytest.raises(Refused, match="not over"):
        game.Ada.again()
    assert game.Eve.state["board"] == ["", "", "", "", "X", "", "", "", ""]


def test_who_looks_on_takes_the_seat_of_who_leaves() -> None:
    game = playtest(TicTacToe, "Ada", "Alan", "Eve")
    play(game, 0, 4)
    game.Ada.leave()
    assert game.Eve.state["seats"] == {"X": "Eve", "O": "Alan"}
    assert game.Eve.state["board"] == [""] * 9
    game.Eve.place(8)
    assert game.Alan.state["board"][8] == "X"


def test_a_lost_connection_costs_nothing() -> None:
    game = playtest(TicTacToe, "Ada", "Alan")
    game.Ada.place(0)
    game.Ada.drop()
    game.Alan.place(4)
    game.Ada.come()
    game.Ada.place(1)
    assert game.Ada.state["board"][:5] == ["X", "X", "", "", "O"]
