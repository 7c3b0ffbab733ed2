"""Which method to prefer, or why these rows cannot tell."""
