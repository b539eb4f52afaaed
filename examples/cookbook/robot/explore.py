"""Drives the robot by itself: ahead as long as there is room, else a turn. Start it, and nobody else can drive."""

import time

import roomcast

room = roomcast.join("robot", name="explorer")
print("Looking for the robot. Ctrl-C ends.", flush=True)
try:
    while not room.closed:
        robot = next((one for one in room.players if one.here and "now" in one), None)
        if robot and room.unacknowledged == 0:
            left, right = (0.7, 0.7) if robot.get("ahead", 0) > 0.4 else (0.5, -0.5)
            room.send("drive", left, right, robot["now"], to=robot)
        time.sleep(0.05)
        room.pump()
except KeyboardInterrupt:
    room.leave()
