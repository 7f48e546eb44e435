"""The offline model: fetched, checked, converted once."""
