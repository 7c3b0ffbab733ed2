"""How far a row lies outside the rows that a model has seen."""
