"""Finding servers on a network, by mDNS and DNS-SD (RFC 6762, 6763): `_roomcast._tcp`.

networks           this computer's addresses, and the networks they belong to
service            the default port, the service type, how names and addresses are written, what turns discovery off
announce           a server announces itself
name_conflict      … and hears of another one under its name
browse             lists the servers that announce themselves
servers            asks a server for its rooms, over HTTP
multicast_check    whether mDNS works on this computer
"""
