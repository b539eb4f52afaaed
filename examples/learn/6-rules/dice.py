"""A race to 20: Enter rolls the dice. They fall the same in every program."""

import terminal

import roomcast

room = roomcast.join("dice", name=input("Your name?\n"))
places = {}  # player id -> how far


@room.everywhere
def roll(player):
    number = room.random.randint(1, 6)
    places[player.id] = places.get(player.id, 0) + number
    print(f"{player.id} rolls {number} and is at {places[player.id]}")
    if places[player.id] >= 20:
        print(f"{player.id} wins! And again:")
        places.clear()


terminal.play(room, lambda line: roll())
