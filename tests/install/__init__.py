"""Roomcast as people install it: a wheel, a fresh environment, no network, a Python that is too old."""
