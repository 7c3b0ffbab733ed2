"""What a user should be told, in words."""
