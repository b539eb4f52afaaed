"""One room: its log, who is in it, and who is sent what.

token_bucket    rate limiting
clock           wall-clock time, as an offset from the monotonic clock
log             the entries in their one order, the newest of them kept in memory
commit_log      the contract: where proposed entries become committed
fold            the pure function that makes a room's state from its log
connection      the contracts of a connection and of a wire format
wire_formats    JSON frames, and lines of the starter protocol
feed            which connection is sent which entries, and when
session         one player's stay, over as many connections as it takes
seats           the sessions of a room, and the seats that players take
reader_starts   starts readers: with a snapshot, once it is committed
shared_state    how large shared state may grow
desync          comparing the hashes of the programs' own states
behaviour       the contract: which requests of players a room accepts
relay           the behaviour that accepts everything
commands        checks of a command: its name, its readers
order           assigns each entry its seq
recovery        restores a room from what a store has kept of it
subscription    the contract of those who follow a room
command_trace   the six steps of a command
room            one room, made of all these parts
"""
