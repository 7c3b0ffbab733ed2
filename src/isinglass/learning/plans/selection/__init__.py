"""Which plan runs a work: candidates, a short measurement, and a record of it."""
