"""Many settings tried in one population."""
