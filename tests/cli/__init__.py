"""What people start from a terminal, tested as they start it: real processes, real signals, a real terminal."""
