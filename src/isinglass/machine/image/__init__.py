"""Machines for images `[sample, channel, height, width]`."""
