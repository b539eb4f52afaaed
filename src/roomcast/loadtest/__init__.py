"""How fast is a server? What `roomcast bench` and benchmarks/ measure with.

workloads        the loads (rooms, players, who sends what), and the records of what they showed
criteria         when a rate counts as held, and a measurement as disturbed
latency          a latency histogram with a resolution of about 1/32
search           the highest rate that is held, found in few tries
server_process   a server on its own core: its processor time, memory and run delay
load_players     the players of one process; each command has a due time of its own
worker           one process of players, controlled by JSON lines
load             all processes together: one step at one rate, or a whole workload
plots            the outcome as a picture, in the terminal and as PNG
"""
