// The lobby.
