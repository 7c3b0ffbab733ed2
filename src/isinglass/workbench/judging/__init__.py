"""How good is it? Networks and conventional methods, calibrated and scored on rows that they never saw."""
