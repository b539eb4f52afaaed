"""The simulator, tested."""
