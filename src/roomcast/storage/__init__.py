"""Commit logs: where the entries of rooms are kept.

memory             in memory: commits at once, keeps nothing
sqlite             in a SQLite file: the store that a server uses
sqlite_commit_log  the commit log of one room in it
sqlite_queue       the queues between the rooms' thread and the storage thread
sqlite_thread      the storage thread, which does everything with the file
sqlite_opening     opens rooms: begins an epoch, and reads back what was kept
sqlite_batch       what one commit writes, and the one SQL statement that does it
sqlite_file        the tables, whether a file is ours, and what to say when it cannot be used

The contract is in `roomcast.core.room.commit_log`.
"""
