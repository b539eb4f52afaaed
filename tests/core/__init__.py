"""Tests of the core: rooms, logs, sessions and codecs, without a socket or a clock."""
