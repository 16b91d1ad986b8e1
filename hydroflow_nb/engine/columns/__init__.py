"""Answers a part of a flow by one query over the columns of tables, where that gives just what its items would give.

`query.py` is what generated code asks; the rest, which needs polars, is loaded when a table has come.
"""
