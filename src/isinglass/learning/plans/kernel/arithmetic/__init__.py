"""Arithmetic that the compiler turns into vector code."""
