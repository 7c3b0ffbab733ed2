"""Whoever watches a study: events in words, and live in a notebook."""
