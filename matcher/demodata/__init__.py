"""Invented records in any number, by seed, for load."""
