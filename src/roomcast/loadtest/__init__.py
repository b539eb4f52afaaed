"""How fast is a server? What `roomcast bench` measures with.

workloads   the loads: how many rooms, who sends, what
latency     latencies, counted by about one part in 32
search      the highest rate that is held, by as few tries as can be
server      a server of its own for the measuring: on its own core, its processor time and memory
players     the players of one process, each command due at its time
worker      one such process
load        all of them together: what a step at one rate showed
plots       a picture of it, in the terminal and as PNG
"""
