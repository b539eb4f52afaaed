"""A race around the board: the room's dice, which fall the same in every window and page.

Run it:   roomcast serve --site examples/dice/page     and open the address that is printed; then, as often as you
          python dice.py Ada                            like (a name)

Who is first around the board has won. Whoever is caught goes back to the start; on a star, a card is drawn.
"""

import sys
import tkinter

import roomcast

SIDE, HOME = 7, 24  # fields on a side, and all around
STARS = [4, 9, 13, 18, 21]
CARDS = {"a shortcut": 3, "a puddle": -2, "a nap": 0}
COLOURS = ["#c0392b", "#1d5fa8", "#1e7d4f", "#8e44ad", "#b9770e", "#34495e"]

# Who comes later runs what the room still keeps, and so sees the game as it stands.
room = roomcast.join("dice", name=sys.argv[1] if len(sys.argv) > 1 else "Guest", replay=True)
order = []  # ids, as they take turns
places = {}  # id -> field
game = {"turn": 0, "die": 6, "wins": {}}
window = tkinter.Tk()
board = tkinter.Canvas(window, width=490, height=490, background="white")
news = tkinter.Label(window, font="sans 14", width=44, pady=8)
board.pack()
news.pack()


def tell(text):
    print(text, flush=True)
    news["text"] = text


def name_of(who):
    return room.players[who].name


@room.on("join")
def come(player):
    order.append(player.id)
    places[player.id] = 0


@room.on("leave")
def go(player):
    place = order.index(player.id)
    order.remove(player.id)
    del places[player.id]
    game["turn"] = (game["turn"] - (place < game["turn"])) % max(1, len(order))


@room.on("away")
def lost(player):
    if player.id == order[game["turn"]]:
        next_turn()


def next_turn():
    for _ in order:
        game["turn"] = (game["turn"] + 1) % len(order)
        if room.players[order[game["turn"]]].here:
            break


@room.everywhere
def roll(player):
    if player.id != order[game["turn"]]:
        return  # every program sees that it is not this player's turn
    number = game["die"] = room.random.randint(1, 6)
    place = places[player.id] + number
    text = f"{player.name} rolls {number}"
    if place in STARS:
        card = room.random.choice(list(CARDS))
        place += CARDS[card]
        text += f", draws {card}"
    for who in order:
        if who != player.id and 0 < place == places[who] < HOME:
            places[who] = 0
            text += f", catches {name_of(who)}"
    places[player.id] = place
    if place >= HOME:
        text += " and wins!"
        game["wins"][player.id] = game["wins"].get(player.id, 0) + 1
        places.update(dict.fromkeys(places, 0))
        room.random.shuffle(order)  # the next round has another order
    next_turn()
    tell(text)


@room.check  # the server compares what everyone has
def state():
    return [order, places, game]


def spot(field):
    """The middle of a field, in pixels."""
    side, step = divmod(field, SIDE - 1)
    x, y = [(step, 0), (SIDE - 1, step), (SIDE - 1 - step, SIDE - 1), (0, SIDE - 1 - step)][side]
    return 35 + 70 * x, 35 + 70 * y


def draw():
    board.delete("all")
    for field in range(HOME):
        x, y = spot(field)
        board.create_rectangle(x - 33, y - 33, x + 33, y + 33, fill="#f3ead7", outline="#8a7a5c")
        board.create_text(x, y, text="★" if field in STARS else "", font="sans 24", fill="#d8a600")
    board.create_text(*spot(0), text="start", fill="#6b5d42", font="sans 11")
    for number, who in enumerate(sorted(places)):
        x, y = spot(places[who])
        x, y = x - 16 + 16 * (number % 3), y - 12 + 22 * (number // 3 % 2)
        board.create_oval(x - 9, y - 9, x + 9, y + 9, fill=COLOURS[number % len(COLOURS)], outline="white", width=2)
    board.create_text(245, 190, text="⚀⚁⚂⚃⚄⚅"[game["die"] - 1], font="sans 90")
    for line, who in enumerate(order):
        turn = "▸ " if line == game["turn"] else "   "
        colour = COLOURS[sorted(places).index(who) % len(COLOURS)]
        text = f"{turn}{name_of(who)}, {game['wins'].get(who, 0)} won"
        board.create_text(130, 280 + 20 * line, text=text, anchor="w", fill=colour, font="sans 13")
    window.title(f"dice: {room.me.id}" + (" – your turn: press space" if order[game["turn"]] == room.me.id else ""))


def tick():
    window.after(20, tick)
    if room.pump():
        draw()


window.bind("<space>", lambda event: roll())
tick()
with room:
    window.mainloop()
