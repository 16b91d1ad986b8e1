"""The search for a run of a simulated network that fails."""
