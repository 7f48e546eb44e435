"""Benchmarks: `make bench`. Never part of the product or of the tests."""
