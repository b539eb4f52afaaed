"""Commit logs: where the entries of rooms are kept.

memory             in memory: commits at once, keeps nothing
sqlite             in a SQLite file: the store that a server uses
sqlite_commit_log  the commit log of one room in it
sqlite_queue       what goes between the rooms' thread and the storage thread
sqlite_thread      the storage thread, which does everything with the file
sqlite_opening     a room is opened: its new epoch, and what was kept of it
sqlite_batch       what one commit writes, and the one SQL statement that does it
sqlite_file        the tables, whether a file is ours, and what to say when it cannot be used

The contract is in `roomcast.core.room.commit_log`.
"""
