"""Programs that type checkers must accept, and mistakes that they must find."""
