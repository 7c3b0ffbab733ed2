"""The learning process: how theta is found, for a whole population at once."""
