"""Checks of the network for `roomcast doctor`: which addresses others can use, and what may keep them out."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from roomcast.cli import firewalls
from roomcast.cli.doctor_finding import Finding, Severity
from roomcast.discovery import multicast_check, networks, servers
from roomcast.discovery.browse import BROWSE_FOR, CannotBrowse
from roomcast.discovery.service import NO_ANNOUNCE, NO_DISCOVERY, host_and_port, may_announce, may_browse
from roomcast.server.addresses import outgoing_addresses

HERE: Final = "127.0.0.1"
ADDRESSES: Final = "Addresses"
PORT_TOPIC: Final = "The port"
DISCOVERY: Final = "Finding each other"
BEYOND: Final = "Beyond this network"
_TIMEOUT: Final = 2.0  # seconds to connect: a packet that is dropped on its path gets no answer
_SHARED_ADDRESS_SPACE: Final = ipaddress.ip_network("100.64.0.0/10")  # RFC 6598: carrier-grade NAT


# ---------------------------------------------------------------------- addresses


def addresses(port: int) -> Iterator[Finding]:
    """The addresses at which others can reach this computer; `port`: at which a server of theirs would be."""
    places = networks.interfaces()
    out = outgoing_addresses()
    for place in sorted(places, key=lambda one: one.address not in out):
        yield _address(place, port)
    sixes = [one.address for one in networks.interfaces(socket.AF_INET6)]
    if not places and sixes:
        yield Finding(
            Severity.WARNING,
            ADDRESSES,
            f"only IPv6: {', '.join(sixes)}",
            "start the server with --host ::, to listen there",
        )
    elif not places:
        yield _on_no_network()


def places() -> Iterator[Finding]:
    """Where this computer is, for one that has no server itself."""
    found = [f"{place.address} on {place.name}" for place in networks.interfaces()]
    found += [f"{place.address} on {place.name}" for place in networks.interfaces(socket.AF_INET6)] if not found else []
    if found:
        yield Finding(Severity.NOTE, ADDRESSES, f"this computer is {', '.join(found)}")
    else:
        yield replace(_on_no_network(), level=Severity.NOTE)  # what is on this computer can be reached all the same


def _on_no_network() -> Finding:
    return Finding(
        Severity.BROKEN,
        ADDRESSES,
        "this computer is on no network, so nobody else can reach it",
        "join a Wi-Fi, plug in a cable, or open a hotspot on a phone; then start the server again",
    )


def _address(place: networks.Interface, port: int) -> Finding:
    one = ipaddress.ip_address(place.address)
    words = f"{host_and_port(place.address, port)} on {place.name}"
    if one.is_link_local:
        todo = "others with a cable to this computer can use it; on Wi-Fi, reconnect"
        return Finding(Severity.WARNING, ADDRESSES, f"{words}: no router has given this computer an address", todo)
    if one in _SHARED_ADDRESS_SPACE:
        todo = "only a tunnel leads to it from outside"
        return Finding(Severity.GOOD, ADDRESSES, f"{words}, in a network that its provider or a VPN shares", todo)
    if one.is_global:
        todo = "anybody may connect from anywhere: see --host, and think of TLS (docs/network.md)"
        return Finding(Severity.WARNING, ADDRESSES, f"{words}, a public address of the internet", todo)
    return Finding(Severity.GOOD, ADDRESSES, f"{words}: others on that network type this")


# ---------------------------------------------------------------------- the port


def port_is_open(port: int) -> Iterator[Finding]:
    """Whether the port can be reached at this computer's own addresses.

    Where no server runs on the port, a stand-in listens on it meanwhile.
    """
    # One that was given an address of its own with --host listens there alone.
    here = next((host for host in (HERE, "::1", *_own_hosts()) if servers.listens(host, port, 0.5)), None)
    if here is not None:
        yield _server_here(here, port)
        yield from _reachable(port, "the server")
    else:
        yield Finding(Severity.NOTE, PORT_TOPIC, f"no server runs on port {port} here", "start one: roomcast serve")
        try:
            with _stand_in(port):
                yield from _reachable(port, "a server that was started for this test")
        except OSError as error:
            todo = "choose another: roomcast serve --port 9000"
            yield Finding(Severity.BROKEN, PORT_TOPIC, f"port {port} cannot be listened on: {error.strerror}", todo)
    found = False
    for wall in firewalls.active(port):
        found = True
        yield Finding(Severity.WARNING, PORT_TOPIC, f"{wall.name} is on, and may keep others out", wall.allow)
    if not found:
        yield Finding(
            Severity.NOTE,
            PORT_TOPIC,
            "no firewall was seen on this computer; only another computer can tell for sure",
            f"there: roomcast doctor {host_and_port((networks.addresses() or [HERE])[0], port)}",
        )


def _own_hosts() -> list[str]:
    return [*networks.addresses(), *networks.addresses(socket.AF_INET6)]


def _server_here(host: str, port: int) -> Finding:
    try:
        open_rooms = servers.rooms(host, port)
    except TimeoutError:
        words = f"what listens on port {port} answers nothing: no Roomcast server, or one that has too much to do"
        todo = f"end it, or start yours elsewhere: roomcast serve --port {port + 1}"
        return Finding(Severity.BROKEN, PORT_TOPIC, words, todo)
    except OSError:
        todo = f"end it, or start yours elsewhere: roomcast serve --port {port + 1}"
        return Finding(Severity.BROKEN, PORT_TOPIC, f"what answers on port {port} is no Roomcast server", todo)
    people = sum(len(room.players) for room in open_rooms)
    return Finding(Severity.GOOD, PORT_TOPIC, f"a server runs on port {port}; its players: {people}")


def _reachable(port: int, what: str) -> Iterator[Finding]:
    hosts = networks.addresses()
    if what == "the server" and not any(servers.listens(host, port, _TIMEOUT) for host in hosts):
        sixes = [host for host in networks.addresses(socket.AF_INET6) if servers.listens(host, port, _TIMEOUT)]
        if sixes:  # started with --host ::
            hosts = sixes
    refused = [host for host in hosts if not servers.listens(host, port, _TIMEOUT)]
    if not hosts:
        return
    if not refused:
        yield Finding(
            Severity.GOOD, PORT_TOPIC, f"{what} answers at {', '.join(host_and_port(host, port) for host in hosts)}"
        )
    elif len(refused) == len(hosts) and what == "the server":
        todo = "start it without --host 127.0.0.1"
        yield Finding(
            Severity.BROKEN, PORT_TOPIC, "the server answers on this computer only, not at its other addresses", todo
        )
    else:
        todo = f"a firewall on this computer? Let in TCP port {port}"
        closed = ", ".join(host_and_port(host, port) for host in refused)
        yield Finding(Severity.BROKEN, PORT_TOPIC, f"{what} cannot be reached at {closed}", todo)


@contextmanager
def _stand_in(port: int) -> Iterator[None]:
    """Accept connections on the port, in place of a server. Raises `OSError`."""
    with socket.create_server(("0.0.0.0", port)) as listener:

        def take() -> None:
            try:
                while True:
                    listener.accept()[0].close()
            except OSError:
                pass  # the listener was closed

        threading.Thread(target=take, daemon=True).start()
        try:
            yield
        finally:
            try:
                listener.shutdown(socket.SHUT_RDWR)  # wakes the thread
            except OSError:
                pass  # not on every system


# ---------------------------------------------------------------------- finding each other


def multicast() -> Iterator[Finding]:
    """Whether computers here can find each other, and which servers were found."""
    if not may_browse():
        yield Finding(
            Severity.NOTE, DISCOVERY, f"did not look, because {NO_DISCOVERY} is set: rooms must be joined by address"
        )
        return
    if not may_announce():
        yield Finding(Severity.NOTE, DISCOVERY, f"servers started here are not announced, because {NO_ANNOUNCE} is set")
    elif networks.for_multicast():
        yield _multicast_works()
    try:
        near = servers.nearby(BROWSE_FOR, settle=BROWSE_FOR)
    except CannotBrowse as error:
        yield Finding(Severity.WARNING, DISCOVERY, f"cannot look for servers: {error.message}", "join by address")
        return
    for server in near:
        if server.rooms is None:
            todo = f"on {server.name}, let in TCP port {server.port}; if that is so, this network keeps computers apart"
            words = f"{server.name} announces a server at {server.address}, but it does not answer"
            yield Finding(Severity.WARNING, DISCOVERY, words, todo)
        else:
            yield Finding(Severity.GOOD, DISCOVERY, f"found a server: {server.name} at {server.address}")
    if not near:
        yield Finding(
            Severity.NOTE,
            DISCOVERY,
            "no server announces itself here. If one runs on another computer, something between you stops multicast: "
            "guest Wi-Fi and many school networks keep computers apart, and a firewall may close UDP port 5353",
            "type the address that the server shows; if that fails too: another Wi-Fi, a phone's hotspot, or a tunnel",
        )


def _multicast_works() -> Finding:
    try:
        if multicast_check.hears_itself():
            return Finding(Severity.GOOD, DISCOVERY, "multicast works on this computer: it hears its own announcement")
    except CannotBrowse as error:
        return Finding(
            Severity.WARNING, DISCOVERY, f"servers here cannot be announced: {error.message}", "join by address"
        )
    return Finding(
        Severity.WARNING,
        DISCOVERY,
        "this computer does not hear its own announcement, so others will not find its servers by name",
        "let UDP port 5353 (mDNS) in and out of this computer's firewall; until then, join by address",
    )


# ---------------------------------------------------------------------- beyond this network


def from_elsewhere(port: int) -> Iterator[Finding]:
    """How people on other networks can join."""
    own = next(iter(networks.addresses()), "this computer")
    yield Finding(
        Severity.NOTE, BEYOND, "a tunnel gives your server an address for everyone",
        f'roomcast serve --trusted-proxy 127.0.0.1 --allow-host "*.trycloudflare.com", and cloudflared tunnel --url '
        f'http://127.0.0.1:{port}; then roomcast.join("wss://…/dots")',
    )  # fmt: skip
    yield Finding(
        Severity.NOTE, BEYOND, "a router at home can pass the port on",
        f"in its settings, forward TCP port {port} to {host_and_port(own, port)}; others type your public address",
    )  # fmt: skip
    yield Finding(
        Severity.NOTE, BEYOND, "a small rented computer is always on",
        "install Roomcast there, type: roomcast serve --no-announce; put TLS before it (docs/network.md)",
    )  # fmt: skip
