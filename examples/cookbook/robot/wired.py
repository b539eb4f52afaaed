"""A robot at a serial port: it takes the wheels' speeds, "60 -60", in percent; it sends centimetres, one a line."""

import serial  # python -m pip install pyserial


class Robot:
    def __init__(self, port):
        self.board = serial.Serial(port, 9600, timeout=0)  # bits a second; take what is there, and never wait for more
        self.begun = b""  # of a line whose end has not come yet
        self.known = {"wheels": [0, 0]}

    def drive(self, left, right):
        """Let the wheels turn at these speeds from now on: 1 is full speed ahead, -1 back, and 0 stands still."""
        self.known["wheels"] = wheels = [max(-1, min(1, left)), max(-1, min(1, right))]
        self.board.write(b"%d %d\n" % (round(100 * wheels[0]), round(100 * wheels[1])))

    def read(self):
        """What the robot knows of itself, for everyone to see."""
        *lines, self.begun = (self.begun + self.board.read(1000)).split(b"\n")
        for line in lines:
            if line.strip().isdigit():
                self.known["ahead"] = int(line) / 100  # metres
        return self.known
