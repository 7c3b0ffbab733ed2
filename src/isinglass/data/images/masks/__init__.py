"""Masks: which files belong to which images, what their values mean, and what does not count."""
