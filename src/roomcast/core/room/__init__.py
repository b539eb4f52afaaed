"""One room: its log, who is in it, and who is sent what.

token_bucket    how fast somebody may do something
clock           the clock on the wall, beside the monotonic one
log             the entries in their one order, the newest of them kept in memory
commit_log      the contract: where proposed entries become committed
fold            the pure function that makes a room's state from its log
connection      the contracts of a connection and of a wire format
wire_formats    JSON frames, and lines of the starter protocol
feed            which connection is sent which entries, and when
session         one player's stay, over as many connections as it takes
seats           the sessions of a room, and the seats that players take
reader_starts   who begins to read, and is sent a snapshot
shared_state    how large shared state may grow
desync          comparing the hashes of the programs' own states
behaviour       the contract: what a room makes of that which players send
relay           the behaviour that accepts everything
commands        what a room checks of a command
order           the one place that gives entries their seq
recovery        a room goes on where it ended
subscription    the contract of those who follow a room
command_trace   the six steps of a command
room            all that happens in one room
"""
