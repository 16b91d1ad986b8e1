"""The command line: it runs a flow of a notebook, or the text of one flow, as a program."""
