"""A robot that is made of numbers: two wheels, and a sensor that looks ahead, on a floor with a wall around it."""

import math
import time

WIDTH, HEIGHT = 4.0, 3.0  # of the floor, in metres
RADIUS = 0.15  # of the robot, in metres
AXLE = 0.25  # between its wheels, in metres
SPEED = 0.6  # of a wheel at full speed, in metres a second


class Robot:
    def __init__(self):
        self.x, self.y, self.heading = WIDTH / 2, HEIGHT / 2, 0.0  # in radians, clockwise; 0 looks to the right
        self.left = self.right = 0.0
        self.moved = time.monotonic()

    def drive(self, left, right):
        """Let the wheels turn at these speeds from now on: 1 is full speed ahead, -1 back, and 0 stands still."""
        self.move()
        self.left, self.right = max(-1.0, min(1.0, left)), max(-1.0, min(1.0, right))

    def read(self):
        """What the robot knows of itself, for everyone to see."""
        self.move()
        return {
            "wheels": [self.left, self.right],
            "ahead": round(self.free_ahead(), 2),  # metres
            "place": [round(self.x, 3), round(self.y, 3), round(self.heading, 3)],
        }

    def move(self):
        """Go on to where the wheels have brought it by now."""
        now = time.monotonic()
        seconds, self.moved = now - self.moved, now
        self.heading += (self.left - self.right) * SPEED / AXLE * seconds
        way = (self.left + self.right) / 2 * SPEED * seconds
        self.x = max(RADIUS, min(WIDTH - RADIUS, self.x + way * math.cos(self.heading)))
        self.y = max(RADIUS, min(HEIGHT - RADIUS, self.y + way * math.sin(self.heading)))

    def free_ahead(self):
        """How far it is from the robot's front to the wall that it looks at."""
        across, down = math.cos(self.heading), math.sin(self.heading)
        to_side = ((WIDTH if across > 0 else 0) - self.x) / across if across else math.inf
        to_end = ((HEIGHT if down > 0 else 0) - self.y) / down if down else math.inf
        return min(to_side, to_end) - RADIUS
