"""Ten seats in a boat: who asks first gets the seat."""

import terminal

import roomcast

room = roomcast.join("boat", name=input("Your name?\n"))
taken = {}  # seat -> the name of who has it


@room.everywhere
def take(player, seat: int):
    if seat not in range(1, 11):
        print(f"{player.name} wants seat {seat}: there is none")
    elif seat in taken:
        print(f"{player.name} wants seat {seat}: too late, {taken[seat]} has it")
    else:
        taken[seat] = player.name
        print(f"{player.name} has seat {seat}")


terminal.play(room, take)
