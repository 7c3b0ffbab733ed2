"""Dates written as text, and moments as numbers."""
