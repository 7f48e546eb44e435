"""One module per group of addresses; each has a ``router`` or makes one."""
