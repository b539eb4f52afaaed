"""Bytes that nobody would send on purpose, by the million: `make fuzz`.

targets.py          what is fuzzed, by name; each target is a function of bytes that raises when something is wrong
json_codec.py       JSON lines ↔ messages, a client's and a server's
starter_codec.py    lines of the starter protocol
server.py           a server with several connections, and a well-behaved player among them
client.py           a client core, and what a program sees of it, at a server that says anything
seeds.py            inputs to begin with, from the golden vectors
mutation.py         changes that keep an input nearly sensible, beside the fuzzer's own
campaign.py         the fuzzer, for so many inputs or seconds
corpus/             the inputs that reached something new; test_corpus.py replays them in `make test`
"""
