"""A network in one kernel, in which what happens when is decided, recorded and replayed."""
