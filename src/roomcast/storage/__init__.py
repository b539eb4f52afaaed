"""Where rooms are written down, so that they outlive the server.

sqlite      a file, written by one thread with group commits

The contract is in `roomcast.core.journal`.
"""
