"""Says hello, and where it is."""

import pathlib
import sys

print("Hello! I am Python", sys.version.split()[0])
print("I work in the folder", pathlib.Path.cwd())
print("You gave me these words:", sys.argv[1:])
