"""Whether this computer can reach a server at an address; if not, the likely reason. For `roomcast doctor ADDRESS`."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Final

from roomcast.cli.doctor_finding import Finding, Severity
from roomcast.discovery import networks, servers
from roomcast.discovery.service import host_and_port

TOPIC: Final = "From here to the server"
_TIMEOUT: Final = 2.0  # seconds to connect: a packet that is dropped on its path gets no answer
_SHARED_ADDRESS_SPACE: Final = ipaddress.ip_network("100.64.0.0/10")  # RFC 6598: carrier-grade NAT, and some VPNs
_MISDIRECTED, _TOO_MANY = 421, (429, 503)  # HTTP


def path_to(host: str, port: int, *, tls: bool = False) -> Iterator[Finding]:
    """The way from here to a server; `tls`: it is a wss:// address, and something in front of the server ends TLS."""
    where = host_and_port(host, port)
    try:
        found = [str(address[0]) for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        yield _broken(f"no computer called {host!r} is known here", "type its address in numbers")
        return
    here, address = False, found[0]
    started = time.monotonic()
    try:
        connection = socket.create_connection((host, port), _TIMEOUT)
    except OSError as error:
        here = relation(address)[0] is Severity.GOOD and address in _own_addresses()
        yield Finding(*_placed(address))
        yield _no_way(error, where, port, here=here)
        return
    with connection:
        took, address = time.monotonic() - started, str(connection.getpeername()[0])
    yield Finding(*_placed(address))
    there = _server_there(host, port, took, tls=tls)
    yield there
    if there.level is Severity.GOOD and (network := servers.bad_network(host, port, _TIMEOUT, tls=tls)):
        todo = "there: start it again without --lag, --jitter and --drop"
        yield Finding(Severity.WARNING, TOPIC, f"that server makes the network bad on purpose: {network}", todo)


def _placed(address: str) -> tuple[Severity, str, str]:
    level, words = relation(address)
    return level, TOPIC, f"{address} {words}"


def relation(address: str) -> tuple[Severity, str]:
    """Where an IP address is, seen from this computer: words that follow it."""
    plain = address.partition("%")[0]
    one = ipaddress.ip_address(plain)
    if one.is_loopback:
        return Severity.GOOD, "is this computer itself"
    if plain in _own_addresses():
        return Severity.GOOD, "is this computer's own address"
    near = next((place for place in networks.every_interface() if place.reaches(plain)), None)
    if near is not None and near.inside:
        return Severity.GOOD, f"is on a network inside this computer ({near.name})"
    if near is not None or one.is_link_local:
        return Severity.GOOD, "is on the same network"
    if one in _SHARED_ADDRESS_SPACE:
        return Severity.NOTE, "is in a network that its provider or a VPN shares, which must let you pass"
    if one.is_global:
        return (
            Severity.NOTE,
            "is a public address: a router or a firewall there must let you pass",
        )
    return Severity.NOTE, "is on another network, behind a router, which must let you pass"


def _own_addresses() -> set[str]:
    return {place.address.partition("%")[0] for place in networks.every_interface()} | {"127.0.0.1", "::1"}


def _no_way(error: OSError, where: str, port: int, *, here: bool) -> Finding:
    """Why nothing could be connected to; `here`: on this computer."""
    if isinstance(error, ConnectionRefusedError) and here:
        return _broken(f"nothing listens at {where} on this computer", f"start a server: roomcast serve --port {port}")
    if isinstance(error, ConnectionRefusedError):
        todo = "there: is roomcast serve running, on that port, and without --host 127.0.0.1?"
        return _broken(f"the computer is there, but refuses at {where}", todo)
    if isinstance(error, TimeoutError) and here:
        return _broken(f"nothing comes back from {where}, though it is this computer", "a firewall here? Let it in")
    if isinstance(error, TimeoutError):
        return _broken(
            f"nothing comes back from {where}. That is what a firewall there looks like; or a Wi-Fi that keeps "
            "computers apart, or an address that nobody has",
            "there: roomcast doctor. Both on the same Wi-Fi, and not a guest one? Try a phone's hotspot",
        )
    return _broken(f"no way to {where}: {error.strerror}", "are both on the same network?")


def _server_there(host: str, port: int, took: float, *, tls: bool) -> Finding:
    where = host_and_port(host, port)
    try:
        open_rooms = servers.rooms(host, port, _TIMEOUT, tls=tls, by_name=True)
    except servers.AnswersOtherwise as error:
        return _otherwise(error.status, where, host)
    except ssl.SSLError as error:
        why = getattr(error, "verify_message", "") or error.reason or "it speaks no TLS"
        return _broken(
            f"{where} answers, but not with TLS that can be trusted: {why}", "is it ws:// instead of wss://?"
        )
    except TimeoutError:
        return _broken(
            f"what listens at {where} answers nothing: no Roomcast server, or one that has too much to do",
            "try again; is that the port that roomcast serve shows? Not that for starter clients",
        )
    except OSError as error:
        return _broken(f"{where} can be connected to, but ends it: {error.strerror or error}", "there: roomcast doctor")
    names = ", ".join(room.name for room in open_rooms[:5]) or "none open yet"
    return Finding(Severity.GOOD, TOPIC, f"a server answers at {where} in {took * 1000:.1f} ms; rooms: {names}")


def _otherwise(status: int, where: str, host: str) -> Finding:
    """An answer over HTTP that is not the list of rooms."""
    if status == _MISDIRECTED:
        return Finding(
            Severity.WARNING,
            TOPIC,
            f"the server at {where} does not know that it is called {host}: programs can join it, browsers cannot",
            f"there: roomcast serve --allow-host {host}; or type its address in numbers",
        )
    if status in _TOO_MANY:
        words = f"what answers at {where} has too much to do (HTTP {status})"
        return Finding(Severity.WARNING, TOPIC, words, "try again")
    todo = "is that the port that roomcast serve shows? Not that for starter clients"
    return _broken(f"what answers at {where} is no Roomcast server", todo)


def _broken(words: str, todo: str) -> Finding:
    return Finding(Severity.BROKEN, TOPIC, words, todo)
