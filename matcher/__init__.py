"""What fits: from a need to ranked, explained matches. Knows no HTTP."""
