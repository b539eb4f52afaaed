"""Commit logs: where the entries of rooms are kept.

memory             in memory: commits at once, keeps nothing
sqlite             in a SQLite file: the store that a server uses
sqlite_commit_log  the commit log of one room in it
sqlite_queue       the queues between the rooms' thread and the storage thread
sqlite_thread      the storage thread, which does everything with the file
sqlite_timeout     … and the thread that gives up when it is too slow
sqlite_opening     opens rooms: begins an epoch, and reads back what was kept
sqlite_batch       what one commit writes, and the one SQL statement that does it
sqlite_retention   what the file forgets, and when: so it stays bounded for years
sqlite_forgetting  … and how it is deleted, a little at a time
sqlite_guard       opens and locks the file, for its owner alone
sqlite_watch       notices when it is removed, replaced or cut short while a server uses it
sqlite_reading     opens a file to read it, beside a server
sqlite_backup      … and makes a copy of it
sqlite_check       … and tells whether it is whole
sqlite_recording   … and reads the log of one room, to be run again
sqlite_removal     removes a room from a file that no server uses
sqlite_file        the tables, whether a file is ours, and earlier versions of them
sqlite_errors      why a file cannot be used, as a sentence

The contract is in `roomcast.core.room.commit_log`.
"""
