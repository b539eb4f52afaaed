"""Rock, paper, scissors: both choose in a sealed envelope, and open it when both have chosen."""

import hashlib
import secrets

import terminal

import roomcast

BEATS = {"rock": "scissors", "scissors": "paper", "paper": "rock"}
room = roomcast.join("rps", name=input("Your name?\n"))
# What I put into each envelope; the envelopes, and what was in them, by player id:
mine, sealed, opened = {}, {}, {}


def seal(player, choice, salt):
    return hashlib.sha256(f"{player.id} {choice} {salt}".encode()).hexdigest()


def choose(choice):
    salt = secrets.token_hex(16)
    envelope = seal(room.me, choice, salt)
    mine[envelope] = choice, salt
    commit(envelope)


@room.everywhere
def commit(player, envelope: str):
    if player in list(room.players)[:2] and player.id not in sealed:
        sealed[player.id] = envelope
        print(f"{player.name} has chosen")
        if len(sealed) == 2 and room.me.id in sealed:
            reveal(*mine[sealed[room.me.id]])


@room.everywhere
def reveal(player, choice: str, salt: str):
    if len(sealed) == 2 and player.id in set(sealed) - set(opened):
        honest = choice in BEATS and seal(player, choice, salt) == sealed[player.id]
        opened[player.id] = choice if honest else "nothing"
        print(f"{player.name} has {choice}" if honest else f"{player.name} cheats")
    if len(opened) == 2:
        (one, first), (two, second) = opened.items()
        winner = one if BEATS.get(first) == second or second == "nothing" else two
        print("A draw" if first == second else f"{winner} wins")
        new_round(player)


@room.on("leave")
def new_round(player):
    if player.id in sealed:
        sealed.clear()
        opened.clear()


room.on("join")(lambda player: print(f"{player.name} is here"))
terminal.play(room, choose)
