"""The client's half of the conversation, shared by all client shells.

client_core     numbering, acknowledgement, resume, backoff
outbox          what was sent and has not come back
reports         what the program tells the server of what it ran
parcels         calls with bytes, cut into pieces and put together again
parcel_queue    calls with bytes that have pieces left to send
"""
