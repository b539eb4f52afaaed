"""All rooms of one server, and the connections to it.

directory       which rooms exist, who may come back to them, which have something to write
admin_token     who may kick players and close rooms
peer            one connection's conversation with the server, whatever it speaks
json_peer       … where it speaks `roomcast.1`: a player or an observer
line_peer       … where it speaks the starter protocol
observers       those who watch a room, and what they are shown
"""
