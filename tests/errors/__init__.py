"""Errors that teach: the commonest mistakes, made on purpose, and the page to which each message leads."""
