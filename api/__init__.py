"""How it is reached: HTTP and command line. No logic lives here."""
