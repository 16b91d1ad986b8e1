"""From a flow's text to a tree of statements, with a diagnostic for everything that cannot be read."""
