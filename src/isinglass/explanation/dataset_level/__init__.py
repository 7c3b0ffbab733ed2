"""Explanations of a model over many rows: what matters, and how answers follow a column."""
