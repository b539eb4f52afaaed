"""Counts for ever, once a second. Ctrl-C ends it."""

import itertools
import time

for number in itertools.count(1):
    print(number, flush=True)
    time.sleep(1)
