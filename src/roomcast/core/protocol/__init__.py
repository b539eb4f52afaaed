"""The wire protocol: messages, their encoding, names and limits.

limits             the defaults of a server, each with its unit and reason
names              which names rooms, players and commands may have
room_codes         a few letters that stand for a room, to be said and typed
made_names         the names of rooms that a server makes, which say how they were made
client_limits      the limits of a server that its clients are told
meet_request       what a hello says of the room that somebody looks for
turn_effects       what one turn of a room with rules does
tree_patch         the difference between two JSON values, as small as the change
messages           the messages of `roomcast.1`, as frozen records: of players, and to them
ask_message        what a client asks a room with rules
observer_messages  those of observers, and to them
any_message        all of them, by who sends them
decode_words       what the decoder says of bytes that are no message, in plain words
codec              JSON text ↔ messages
recording          the lines of a recording: a room's log in a file
line_protocol      lines of the starter protocol ↔ words
line_dialect       in what old programs differ from it, as a setting
prng               random numbers that follow from a key: the dice of a room
player_numbers     numbers in place of ids, for old programs that want numbers
line_codec         what one starter port says and understands: the protocol in a dialect
"""
