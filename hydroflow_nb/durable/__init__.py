"""Flows that are kept in a folder: what they took in and hold outlives the process.

`files` writes and reads records, `journal` is a file to which they are appended, `folder` belongs to one process, by
its `lock`, and `store` puts them together: a snapshot, and the ticks since. `renewal` has a `forked` process write a
snapshot while ticks go on, `waiting` waits for the disk. `values` turns values into bytes and back, `parts` all that is
held. `aside` keeps the items that were set aside. `layout` says what of a flow is kept, `keepable` what can be, `came`
what came out of a tick. `keeping` keeps a flow and brings it back, `operators` does so with the `'durable` operators
alone, of which `edits` says what has changed, and `opening` is what a flow asks.
"""
