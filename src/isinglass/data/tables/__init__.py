"""Tables: columns become numbers with names, kinds and units, and new rows the same numbers."""
