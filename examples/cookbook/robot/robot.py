"""A robot that is driven from phones, pages and programs. Half a second without news of its driver, and it stops."""

import sys
import time

import roomcast

if len(sys.argv) > 1:
    from wired import Robot  # real wheels at a serial port, such as /dev/ttyACM0
else:
    from simulated import Robot  # wheels and a floor that are numbers

PATIENCE = 0.5  # seconds
robot = Robot(*sys.argv[1:])
room = roomcast.join("robot", name="robot")
driver, wheels, heard = None, (0, 0), 0.0


def give_wheel(player, left=0.0, right=0.0):
    global driver, wheels
    if player != driver:
        print(f"{player.name} drives" if player else "nobody drives, and it stands still", flush=True)
    driver, wheels = player, (left, right)


@room.command("drive")
def drive(player, left: float, right: float, seen: float):
    """`left`, `right`: the wheels' speeds, from -1 to 1. `seen`: the newest "now" of ours that the driver has got."""
    global heard
    if driver in (None, player) and 0 <= time.monotonic() - seen < PATIENCE:  # else late: meant for another moment
        heard = seen
        give_wheel(player, left, right)


print("The robot is in its room. Ctrl-C ends it.", flush=True)
try:
    while not room.closed:
        if time.monotonic() - heard > PATIENCE:
            give_wheel(None)
        robot.drive(*wheels)
        if room.unacknowledged == 0:  # not while the network is slow: nobody needs old news
            room.me.update(now=time.monotonic(), driver=driver.id if driver else "", **robot.read())
        time.sleep(0.05)
        room.pump()
except KeyboardInterrupt:
    pass
finally:
    robot.drive(0, 0)
    room.leave()
