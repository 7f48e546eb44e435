"""How good the ranking is: judged needs, figures with intervals, fitting on the tuning part, ablations."""
