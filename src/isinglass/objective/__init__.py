"""What is asked of the machine: losses, penalties, constraints."""
