"""Other systems, each measured by one module in an environment of its own (requirements/peers.txt)."""
