"""The limits of a server that its clients are told, so that they keep to them."""

from __future__ import annotations

from msgspec import Struct

from roomcast.core.protocol.limits import DEFAULTS, Limits


class ClientLimits(Struct, frozen=True, omit_defaults=True, gc=False):
    """In `Welcome`: the limits that a client must know to keep to them."""

    message_size: int  # bytes
    rate: float  # commands a second
    burst: int  # commands
    silent_for: float  # seconds
    json_depth: int = DEFAULTS.json_depth  # levels
    json_values: int = DEFAULTS.json_values
    json_digits: int = DEFAULTS.json_digits


def client_limits(limits: Limits) -> ClientLimits:
    """The part of a server's limits that its clients are told."""
    return ClientLimits(
        limits.message_size,
        limits.rate,
        limits.burst,
        limits.silent_for,
        limits.json_depth,
        limits.json_values,
        limits.json_digits,
    )
