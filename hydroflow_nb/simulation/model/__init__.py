"""A simulated network and its runs: nodes, messages, decisions and what each of them does."""
