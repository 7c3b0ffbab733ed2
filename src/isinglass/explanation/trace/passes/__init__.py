"""The forward and the backward pass of a trace, and what is noted on the way."""
