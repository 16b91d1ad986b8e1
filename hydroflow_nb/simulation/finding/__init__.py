"""The search for two runs, one decision apart, whose outputs differ."""
