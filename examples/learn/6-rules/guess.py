"""Guess my number: the host's program thinks of one, and answers everybody's guesses."""

import random

import terminal

import roomcast

room = roomcast.join("guess", name=input("Your name?\n"))
secret = random.randint(1, 100)  # every program has one; only the host's counts


def host():
    return next((player for player in room.players if player.here), room.me)


@room.everywhere
def guess(player, number: int):
    print(f"{player.name} guesses {number}")
    if room.me == host():
        answer(number, "too small" if number < secret else "too big" if number > secret else "right!")


@room.everywhere
def answer(player, number: int, word: str):
    if player == host():
        print(f"{number} is {word}")


terminal.play(room, guess)
