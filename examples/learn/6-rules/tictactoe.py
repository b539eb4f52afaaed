"""Noughts and crosses: the first two in the room play, the others watch."""

import terminal

import roomcast

LINES = ["123", "456", "789", "147", "258", "369", "159", "357"]
room = roomcast.join("tictactoe", name=input("Your name?\n"))
board, moves = {}, 0  # field -> player id; how many moves there have been


@room.everywhere
def play(player, field: str):
    global board, moves
    seats = list(room.players)[:2]  # in the order in which they came
    if player not in seats or seats.index(player) != len(board) % 2 or field not in set("123456789") - set(board):
        print(f"{player.name} cannot take {field}")
    else:
        board, moves = {**board, field: player.id}, moves + 1
        show()
        if any(all(board.get(one) == player.id for one in line) for line in LINES) or len(board) == 9:
            print(f"{player.name} ends the game")
            board = {}
        if player == room.me:
            room.state["game"] = [board, moves]


@room.on("set")
def read(player, patch):
    global board, moves
    if patch.get("game", [{}, 0])[1] > moves:  # we came later, and have missed some
        board, moves = patch["game"]
        show()


@room.on("leave")
def stop(player):
    global board, moves
    if player.id in board.values():
        board, moves = {}, moves + 1
        if room.me == next(iter(room.players)):
            room.state["game"] = [board, moves]


def show():
    for row in "123", "456", "789":
        print(*(f"{board.get(field, field):>7}" for field in row))


read(room.me, room.state)
terminal.play(room, play)
