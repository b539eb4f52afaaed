"""Ten seats in a boat: who asks first gets the seat, and who comes late sees who sits where."""

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
        if player == room.me:
            room.state[str(seat)] = player.name


@room.on("set")
def read(player, patch):
    taken.update({int(seat): name for seat, name in patch.items()})


read(room.me, room.state)
print("Taken:", taken)
terminal.play(room, take)
