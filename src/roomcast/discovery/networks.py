"""The networks that this computer is on, and its addresses there. Those that only it can use are left out."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import Final

# Networks between this computer and its containers and virtual machines, which nobody else can reach.
_INSIDE: Final = ("docker", "br-", "virbr", "veth", "vmnet", "vboxnet", "lxc", "lxd", "podman", "cni", "utun", "awdl")
_INSIDE_WINDOWS: Final = ("hyper-v", "virtualbox", "vmware", "wsl")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface with one of its addresses."""

    name: str  # as the system calls it: eth0, Wi-Fi
    address: str
    network: Network  # addresses in it are reached without a router
    inside: bool = False  # it leads to this computer's containers and virtual machines, which nobody else can reach

    def reaches(self, address: str) -> bool:
        """Whether that address is on the same network."""
        try:
            return ipaddress.ip_address(address) in self.network
        except ValueError:
            return False


def interfaces(family: socket.AddressFamily = socket.AF_INET) -> list[Interface]:
    """This computer's interfaces to networks that others can be on; empty if there is none."""
    return [one for one in every_interface() if not one.inside and _is_for_others(one.network, family)]


def every_interface() -> list[Interface]:
    """All of this computer's interfaces, those that only it can use among them."""
    import ifaddr  # here: importing takes 20 ms, and a program that has an address needs none of it

    found = []
    for adapter in ifaddr.get_adapters():
        inside = _is_inside(adapter.name, adapter.nice_name)
        for one in adapter.ips:
            address = one.ip if isinstance(one.ip, str) else one.ip[0]
            network = ipaddress.ip_network(f"{address}/{one.network_prefix}", strict=False)
            found.append(Interface(one.nice_name or adapter.nice_name, address, network, inside))
    return found


def _is_for_others(network: Network, family: socket.AddressFamily) -> bool:
    wanted = (network.version == 4) == (family == socket.AF_INET)
    return wanted and not network.is_loopback and not (network.version == 6 and network.is_link_local)


def _is_inside(name: str, nice_name: str) -> bool:
    if name.startswith(_INSIDE):
        return True
    return any(word in nice_name.lower() for word in _INSIDE_WINDOWS)


def addresses(family: socket.AddressFamily = socket.AF_INET) -> list[str]:
    """The addresses of those interfaces."""
    return [one.address for one in interfaces(family)]


def for_multicast() -> list[str]:
    """The addresses of the interfaces to use mDNS on: IPv4, or IPv6 where there is no IPv4."""
    return addresses() or addresses(socket.AF_INET6)
