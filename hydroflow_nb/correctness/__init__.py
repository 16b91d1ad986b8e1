"""Whether a flow gives the same in every run: types of edges, laws of functions, levels of outputs.

It is loaded when a flow is first checked.
"""
