"""What was recorded of a run."""
