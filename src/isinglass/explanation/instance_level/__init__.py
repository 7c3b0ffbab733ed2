"""Explanations of one sample: what in it speaks for the answer."""
