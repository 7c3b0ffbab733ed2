"""Data whose truth is known: drawn by this package, the same on every machine."""
