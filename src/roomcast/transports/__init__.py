"""What carries bytes: each transport ties one kind of connection to a peer of the core.

websocket   frames of JSON lines (RFC 6455), and plain HTTP GET on the same port
lines       TCP connections that speak the starter protocol
fanout      a large piece of bytes to many sockets
tcp         what both ask of the system

The contract that they keep is in `roomcast.core.room.connection`.
"""
