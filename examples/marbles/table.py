"""A table of marbles that push one another: the same on every computer, to the last digit.

Nothing here knows of windows or of the network. Only + - * / and square roots are used: of these, every computer makes
the same numbers, whatever its make. (Sines and logarithms may differ in their last digit, and a world with them.)
"""

from math import sqrt

WIDE, HIGH, RADIUS, STEP = 640, 400, 14, 1 / 20  # pixels, pixels, pixels, seconds
SLOWER, FASTEST = 0.985, 500.0  # what friction leaves of a speed each step; pixels a second


class Table:
    def __init__(self):
        self.marbles = {}  # the player's id -> [x, y, speed to the right, speed downwards]

    def put(self, player):
        """A new marble, in the first free place of a grid."""
        spots = ((x, y) for y in range(50, HIGH, 60) for x in range(50, WIDE, 60))
        free = (spot for spot in spots if all(far(spot, other) > 3 * RADIUS for other in self.marbles.values()))
        x, y = next(free, (WIDE // 2, HIGH // 2))
        self.marbles[player] = [float(x), float(y), 0.0, 0.0]

    def kick(self, player, x, y):
        """A marble rolls towards a place: the faster, the farther that is."""
        marble = self.marbles[player]
        marble[2] += 2 * (x - marble[0])
        marble[3] += 2 * (y - marble[1])
        speed = sqrt(marble[2] * marble[2] + marble[3] * marble[3])
        if speed > FASTEST:
            marble[2] *= FASTEST / speed
            marble[3] *= FASTEST / speed

    def step(self):
        """Let a twentieth of a second pass."""
        marbles = [self.marbles[player] for player in sorted(self.marbles)]  # in one order, whoever came first here
        for one in marbles:
            one[0], one[2] = bounced(one[0] + one[2] * STEP, one[2] * SLOWER, WIDE)
            one[1], one[3] = bounced(one[1] + one[3] * STEP, one[3] * SLOWER, HIGH)
        for place, one in enumerate(marbles):
            for other in marbles[place + 1 :]:
                collide(one, other)


def bounced(place, speed, end):
    if place < RADIUS:
        return 2.0 * RADIUS - place, -speed
    if place > end - RADIUS:
        return 2.0 * (end - RADIUS) - place, -speed
    return place, speed


def far(one, other):
    return sqrt((one[0] - other[0]) * (one[0] - other[0]) + (one[1] - other[1]) * (one[1] - other[1]))


def collide(one, other):
    """Two marbles of one weight that touch, and come nearer: each takes over what the other had in that direction."""
    apart = far(one, other)
    if not 0 < apart < 2 * RADIUS:
        return
    x, y = (other[0] - one[0]) / apart, (other[1] - one[1]) / apart
    nearer = (one[2] - other[2]) * x + (one[3] - other[3]) * y
    push = (2 * RADIUS - apart) / 2
    for marble, sign in ((one, -1), (other, 1)):
        marble[0] += sign * push * x
        marble[1] += sign * push * y
        if nearer > 0:
            marble[2] += sign * nearer * x
            marble[3] += sign * nearer * y
