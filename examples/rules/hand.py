from collections import Counter

from roomcast.server import Owner, Player, Players, Reject, Room, State

RANKS = "23456789TJQKA"


class Seat(Player):
    cards: Owner[list[str]]  # sent to this player alone
    done: bool = False
    wins: int = 0


class Table(State):
    phase: str = "over"
    shown: dict[str, list[str]]  # hands that lie open, by player


class Hand(Room):
    """Five cards each. Everyone keeps some of them, draws others, and then all show: the best hand wins."""

    max_players = 6
    players: Players[Seat]
    state: Table
    deck: list[str]  # the room's own: sent to nobody

    def on_create(self) -> None:
        self.deck = []
        self.state.shown = {}

    def on_join(self, player: Seat) -> None:
        player.cards = []

    def on_leave(self, player: Seat) -> None:
        self.show_if_all_are_done()

    def on_deal(self, player: Seat) -> None:
        if self.state.phase == "drawing":
            raise Reject("this hand is not over yet")
        self.deck = [rank + suit for rank in RANKS for suit in "CDHS"]
        self.random.shuffle(self.deck)
        for one in self.players:
            one.cards = [self.deck.pop() for _ in range(5)]
            one.done = False
        self.state.shown = {}
        self.state.phase = "drawing"

    def on_keep(self, player: Seat, *kept: str) -> list[str]:
        if not player.cards or player.done:
            raise Reject("you have no cards to draw for")
        if not set(kept) <= set(player.cards):
            raise Reject("you can only keep what you have")
        player.cards = [card if card in kept else self.deck.pop() for card in player.cards]
        player.done = True
        drawn = player.cards
        self.show_if_all_are_done()
        return drawn

    def show_if_all_are_done(self) -> None:
        playing = [one for one in self.players if one.cards]
        if playing and all(one.done for one in playing):
            for one in playing:
                self.state.shown[one.id] = one.cards
                one.cards = []
            best = max(playing, key=lambda one: value_of(self.state.shown[one.id]))
            best.wins += 1
            self.state.phase = "over"
            self.emit("over", best.id)


def value_of(cards: list[str]) -> tuple[tuple[int, ...], list[int]]:
    """What a hand is worth, to be compared: pairs and the like by their sizes, then the ranks."""
    counts = sorted(
        Counter(RANKS.index(card[0]) for card in cards).items(), key=lambda one: (one[1], one[0]), reverse=True
    )
    ranks = [rank for rank, _ in counts]
    straight = len(ranks) == 5 and ranks[0] - ranks[4] == 4
    flush = len({card[1] for card in cards}) == 1
    if straight or flush:  # above three of a kind (3, 1, 1), below a full house (3, 2)
        return ((5,) if straight and flush else (3, 1, 3) if flush else (3, 1, 2)), ranks
    return tuple(count for _, count in counts), ranks
