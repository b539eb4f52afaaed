"""The network that clients use unless they are given another one."""

from __future__ import annotations

from roomcast.errors import CannotConnect
from roomcast.transports.client_network import ClientNetwork


def default_network() -> ClientNetwork:
    """A network on picows. Raises `CannotConnect` where picows cannot be imported."""
    try:
        from roomcast.transports.picows_client import PicowsNetwork  # here: with another network, none is needed
    except ImportError as error:
        raise CannotConnect(
            f"picows cannot be imported ({error}): install it, or give another network", topic="install"
        ) from error
    return PicowsNetwork()
