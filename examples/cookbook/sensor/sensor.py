"""A sensor for everybody: reads numbers, one a line, from a serial port or from the keyboard, and shares them."""

import math
import sys

import roomcast

NAME = sys.argv[1] if len(sys.argv) > 1 else "sensor"  # such as "window"; each sensor has its own
PORT = sys.argv[2] if len(sys.argv) > 2 else ""  # such as /dev/ttyACM0, or COM3 on Windows
KEPT = 60  # so many of the last values are shared

if PORT:
    import serial  # python -m pip install pyserial

    lines = serial.Serial(PORT, 9600)  # bits a second, as the board sends them
else:
    lines = sys.stdin.buffer

values = []
try:
    with roomcast.join("sensors", name=NAME) as room:
        print(f"{NAME}: shares numbers from {PORT or 'the keyboard'}, one a line. Ctrl-C ends.")
        for line in lines:
            try:
                value = float(line)
            except ValueError:
                value = math.nan
            if math.isfinite(value):
                values = [*values, value][-KEPT:]
                room.me["values"] = values
            else:  # "nan" of a sensor that is not ready, or half a line, as one gets who begins in the middle
                print("not a number:", line.decode(errors="replace").strip())
            room.pump()
except KeyboardInterrupt:
    pass
