"""The weights of a population: how they lie in one row each, and which of them learn how."""
