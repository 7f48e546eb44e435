"""The other side of the match: the stored needs that an offer could serve."""
