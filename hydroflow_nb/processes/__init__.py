"""Flows as programs of their own: the command line."""
