"""Stored needs beside the offers of a generation: read once, kept as columns and a vector index."""
