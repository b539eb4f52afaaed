"""`roomcast new`: the projects that it makes are made, tested and played here."""
