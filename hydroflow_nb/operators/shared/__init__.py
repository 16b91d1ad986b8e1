"""How several operators work alike."""
