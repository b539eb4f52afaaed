"""One room: its log, who is in it, and who is sent what.

log             the entries in their one order, the newest of them kept in memory
commit_log      the contract: where proposed entries become committed
fold            the pure function that makes a room's state from its log
session         by which secret a player comes back, and how fast it may send
connection      the contracts of a wire format and of a connection
wire_formats    JSON frames and lines of the starter protocol
feed            which connection is sent which entries, and when
desync          comparing the hashes of the programs' own states
command_trace   the six steps of a command, for those who watch
room            all that happens in one room
"""
