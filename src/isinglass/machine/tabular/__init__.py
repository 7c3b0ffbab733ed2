"""Machines for rows of a table `[sample, feature]`."""
