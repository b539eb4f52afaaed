"""Which networks this computer is on: its addresses there, but for those that only it can use."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import Final

# Networks inside this computer, between it and its containers and virtual machines: nobody else is there.
_INSIDE: Final = ("docker", "br-", "virbr", "veth", "vmnet", "vboxnet", "lxc", "lxd", "podman", "cni", "utun", "awdl")
_INSIDE_WINDOWS: Final = ("hyper-v", "virtualbox", "vmware", "wsl")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Interface:
    """One of this computer's places on a network."""

    name: str  # as the system calls it: eth0, Wi-Fi
    address: str
    network: Network  # those who are on the same one need no router

    def reaches(self, address: str) -> bool:
        """Whether that address is on the same network."""
        try:
            return ipaddress.ip_address(address) in self.network
        except ValueError:
            return False


def interfaces(family: socket.AddressFamily = socket.AF_INET) -> list[Interface]:
    """This computer's interfaces to networks on which others can be; none when it is on no network."""
    import ifaddr  # here, for it takes 20 ms that a program with an address to connect to need not spend

    found = []
    for adapter in ifaddr.get_adapters():
        if _is_inside(adapter.name, adapter.nice_name):
            continue
        for one in adapter.ips:
            address = one.ip if isinstance(one.ip, str) else one.ip[0]
            network = ipaddress.ip_network(f"{address}/{one.network_prefix}", strict=False)
            wanted = (network.version == 4) == (family == socket.AF_INET)
            if wanted and not network.is_loopback and not (network.version == 6 and network.is_link_local):
                found.append(Interface(one.nice_name or adapter.nice_name, address, network))
    return found


def _is_inside(name: str, nice_name: str) -> bool:
    if name.startswith(_INSIDE):
        return True
    return any(word in nice_name.lower() for word in _INSIDE_WINDOWS)


def addresses(family: socket.AddressFamily = socket.AF_INET) -> list[str]:
    """The addresses of those interfaces."""
    return [one.address for one in interfaces(family)]


def for_multicast() -> list[str]:
    """The addresses whose interfaces mDNS is spoken on: IPv4 where there is any, which is nearly everywhere."""
    return addresses() or addresses(socket.AF_INET6)
