"""Roomcast's tests. The folders mirror src/roomcast; what several of them share stands here."""
