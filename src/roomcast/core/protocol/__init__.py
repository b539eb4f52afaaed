"""The wire protocol: messages, their encoding, names and limits.

limits          the defaults of a server, each with its unit and reason
names           which names rooms, players and commands may have
room_codes      a few letters that stand for a room, to be said and typed
messages        the messages of `roomcast.1`, as frozen records
codec           JSON text ↔ messages
line_protocol   lines of the starter protocol ↔ commands
"""
