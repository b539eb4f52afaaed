"""Tests of what writes rooms down: one suite for every store, and what the disk does to the real one."""
