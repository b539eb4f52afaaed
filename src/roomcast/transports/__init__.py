"""Transports: what carries bytes between programs. HTTP, as our own types.

The server's connections, which keep the contract in `roomcast.core.room.connection`:

websocket          WebSocket connections (RFC 6455) and plain HTTP GET on one port; the only server module with picows
line_connection    TCP connections that speak the starter protocol
socket_connection  what both have in common
socket_wire        writing to many connections, and learning which of them have fallen behind
lagged_connection  connections that are slow, and cut, on purpose
delay_line         … one direction of them
bad_network        … how bad, as people write it
transport_peer     the contract of peers, as connections see them
connection_timers  reading on after a pause, and the end that follows a close
fanout             writing the same large bytes to many sockets, without a copy for each
frames             WebSocket frames from the server, and fragments of messages from clients
http_connection    a connection until its request is answered, or goes on as a WebSocket
body_sender        the body of a response, sent as fast as the client takes it
request_head       the head of a request, read as RFC 9112 has it
handshake          the rules of a WebSocket's opening handshake, and its subprotocol
http_message       Request, Response, header fields
peer_address       the IP address of a client, in one form
socket_options     TCP options

The client's connection:

client_network     the contract: what a client needs of a network
picows_client      WebSocket connections on picows
reaching           looking up a server's addresses, and connecting to the first that answers

What servers and clients run on:

scheduling         the contract of event loops, and asyncio's
event_loop         which event loop: uvloop's, or asyncio's own
"""
