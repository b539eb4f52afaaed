"""Exercise 2: where am I, and how am I stopped?"""

import itertools
import os
import sys
import time

try:
    print("folder", os.getcwd())  # noqa: PTH109  # what the exercise asks for, and learners know
    print("venv", "yes" if sys.prefix != sys.base_prefix else "no")
    print("words", *sys.argv[1:], flush=True)
    for number in itertools.count(1):
        print(number, flush=True)
        time.sleep(0.3)
except KeyboardInterrupt:
    print("Goodbye.")
