"""One room: its log, who is in it, and who is sent what.

token_bucket    rate limiting
broken          the exception of a room that cannot go on
clock           wall-clock time, as an offset from the monotonic clock
private_lines   entries that not everyone reads as the public line
log             the entries in their one order, the newest of them kept in memory
commit_log      the contract: where proposed entries become committed
shared_map      the shared state of one owner: a map of texts, in which a patch costs what it changes
fold            the pure function that makes a room's state from its log
connection      the contracts of a connection and of a wire format
wire_formats    JSON frames, and lines of the starter protocol
feed            which connection is sent which entries, and when
session         one player's stay, over as many connections as it takes
parties         seats that are reserved for friends who are on their way
giving_way      who gives up its seat in a full room
seats           the sessions of a room, and the seats that players take
starting_points states of the room at earlier places, for those who run what was before they came
worlds          the programs' own state: when to ask for it and whom, which answer is right
reader_starts   starts readers: with a snapshot, once it is committed
operations      changes of shared state that depend on what is there: add, claim, swap
shared_state    how large shared state may grow, in a room and over all
desync          comparing the hashes of the programs' own states
causes          what makes a behaviour decide
decisions       what it makes of that, and what a batch of decisions did
behaviour       the contract of what decides in a room with rules
relay           the behaviour that accepts everything
shadows         what the readers with each view have, and what a turn changes for them
rules_fold      all that a room's rules hold, secrets among it, and what each entry changes of that: for the disk
greetings       what rules say to players when they join, until they begin to read
views           the lines of a turn: what each reader is sent of it
turn_costs      what a command makes rules do beyond what each command costs
commands        checks of a command: its name, its readers
order           assigns each entry its seq and its time
ruled_order     … and of a room with rules, with what it changes of what they hold
ticks           when a quiet room has to tell its time to programs with timers
recovery        restores a room from what a store has kept of it
flush_queue     the contract of whoever calls a room's `flush`
meeting         what a room says of itself to those who look for one
subscription    the contract of those who follow a room
command_trace   the six steps of a command
world_asking    asks the programs for it, and takes their answers
fed_room        a room as its readers see it: what is proposed is flushed to them, each from where it begins
room            one room: who may come, act and change its state
host_state_room a relay whose state the host alone sets
decision_checks whether what rules have done stays within limits
handler_runs    the contract of whoever runs handlers that wait
due_causes      what is due in a room with rules by its time alone: timers, and fixed steps
waiting_refusals  refusals that wait for a commit
deciding_room   a room with rules: how what its behaviour decides becomes entries, and reaches the readers
holding_room    … which is held while a handler of its rules waits
working_room    … which has work done beside its order
ruled_room      … and what players may do there
replayed_room   a room that runs a recorded log again, for onlookers
"""
