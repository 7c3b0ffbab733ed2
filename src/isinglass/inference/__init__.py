"""What do networks say of rows, and how sure are they? All that a prediction needs, nothing else."""
