"""The plans: ways to advance a population. A plan is one file and one line in `PLANS`."""
