"""The tutorial from the terminal: its chapters, how far a learner has come, and the checks of the exercises.

chapters            the chapters, and where their pages are
progress            what a learner has opened and passed, in a file
page_text           a page as text for a terminal
tutorial_site       a page in a browser

check_run           runs one chapter's check: `run_check`
checks/             the checks, a module for each chapter
check_bench         what they work with: starts the learner's file, waits, ends everything
finding             what a check found, in words
tracebacks          … and what an exception means
learner_program     the learner's program, in a process of its own
instrumented_run    … the script that this process runs
plain_friend        a simulated friend on a plain socket
stand_in_server     a simulated server on a plain socket
checked_server      a real Roomcast server with simulated friends
joining             … into which a learner's game comes
free_port           a port for a program that is about to be started
scene               what a program's windows show
"""
