"""Where rooms are written down, so that they outlive the server.

sqlite            a file, written by one thread with group commits
sqlite_journal    one room's journal in it: what is given, in batches
sqlite_file       its tables, whether it is ours, and what to say when it cannot be used

The contract is in `roomcast.core.room.commit_log`.
"""
