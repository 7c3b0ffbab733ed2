"""Cells that mean 'no value': empty ones, words, sentinels, and values of which only a limit is known."""
