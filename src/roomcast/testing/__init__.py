"""Simulated rooms, for tests: of Roomcast itself, and of games that are played on it."""
