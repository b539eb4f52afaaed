"""Rooms with rules, from the maker's side: classes, boxes, handlers, and whole rooms without a network."""
