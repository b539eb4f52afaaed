"""One check for each chapter's exercise: examples/learn/exercises.md says what each looks at.

Each module has `FILE`, the name that the exercise gives to the learner's file; `STEPS`, what it looks at, in words; and
`check(bench)`, a generator that yields at the end of each step that is right, and raises `Missing` where one is not.

chapter_1    an address and a port
chapter_2    a folder, words, and Ctrl-C
chapter_3    a new command in the client on plain sockets
chapter_4    a server on plain sockets
chapter_5    a new command with Roomcast
chapter_6    first come, first served
chapter_7    a game of the learner's own
chapter_8    settings for the internet
"""
