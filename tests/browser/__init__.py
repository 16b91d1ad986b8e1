"""A package, so that one browser serves all of its modules, and is closed when other tests follow."""
