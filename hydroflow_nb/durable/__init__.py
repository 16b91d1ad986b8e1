"""Flows that are kept in a folder: what they took in and hold outlives the process.

`files` writes and reads records, `journal` is a file to which they are appended, `folder` belongs to one process, and
`store` puts them together: a snapshot, and the ticks since. `values` turns values into bytes and back. `aside`
keeps the items that were set aside. `layout` says
what of a flow is kept, `keeping` keeps it and brings it back, and `opening` is what a flow asks.
"""
