"""Finding each other on a network, by mDNS and DNS-SD (RFC 6762, 6763): `_roomcast._tcp`.

networks    which networks this computer is on
service     what servers are called there, and whether this program may speak and listen
announce    a server says that it is here
browse      which servers say so
servers     what a server says of itself and of its rooms, asked over HTTP
"""
