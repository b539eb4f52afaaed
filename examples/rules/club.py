"""A club: who comes in says its name and a password, which are those of an account in a file.

Run it:   python club.py Ada             makes an account, and asks for its password
          roomcast serve club.py         and in another terminal:
          ROOMCAST_CREDENTIAL=… roomcast join club --name Ada
"""

import hashlib
import hmac
import secrets
import sqlite3
import sys
from contextlib import closing
from getpass import getpass
from pathlib import Path
from typing import Any

from roomcast.server import Player, Reject, Room

ACCOUNTS = Path(__file__).with_name("accounts.db")
TABLE = "CREATE TABLE IF NOT EXISTS accounts (id INTEGER PRIMARY KEY, name TEXT UNIQUE, salt BLOB, hash BLOB)"


def hashed(password: str, salt: bytes) -> bytes:
    """What is kept of a password: it takes long to find one that leads to it."""
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)


def add_account(name: str, password: str) -> None:
    salt = secrets.token_bytes(16)
    with closing(sqlite3.connect(ACCOUNTS)) as file, file:
        file.execute(TABLE)
        file.execute("INSERT INTO accounts (name, salt, hash) VALUES (?, ?, ?)", (name, salt, hashed(password, salt)))


class Club(Room):
    relays = ("say",)

    @staticmethod
    def on_auth(name: str, credential: str | None, options: dict[str, Any]) -> dict[str, Any]:
        with closing(sqlite3.connect(ACCOUNTS)) as file:
            file.execute(TABLE)
            found = file.execute("SELECT id, salt, hash FROM accounts WHERE name = ?", (name,)).fetchone()
        account, salt, kept = found or (0, b"", b"")  # for a name that is none, too: strangers see no difference
        if not hmac.compare_digest(hashed(credential or "", salt), kept):
            raise Reject("no account has this name and this password")
        return {"id": account, "name": name}

    def on_join(self, player: Player, auth: dict[str, Any]) -> None:
        if any(other.auth["id"] == auth["id"] for other in self.players if other != player):
            raise Reject(f"{auth['name']} is here already")
        player["member"] = auth["id"]


if __name__ == "__main__":
    add_account(sys.argv[1], getpass())
