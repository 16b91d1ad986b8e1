"""Flows as programs of their own: what the command line does with a notebook, or with the text of one flow."""
