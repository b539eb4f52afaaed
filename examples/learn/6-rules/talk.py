"""Talk: one thread waits for what you type, the other for what the others say."""

import terminal

import roomcast

room = roomcast.join("talk", name=input("Your name?\n"))


@room.everywhere
def say(player, text: str):
    print(f"{player.name}: {text}")


@room.on("join")
def came(player):
    print(f"* {player.name} is here")


@room.on("leave")
def went(player):
    print(f"* {player.name} has left")


terminal.play(room, say)
