"""Greets everybody: python broken.py Ada Grace Alan. It has three mistakes."""

import sys

names = sys.argv[1:]

for number in range(1, len(names) + 1):
    print("Hello, " + names[number] + "!")

print(len(names) + " people are here.")

longest = max(names, key=len)
print("The longest name is " + longest.uper())
