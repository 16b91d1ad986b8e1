"""From the tree of a flow to the graph that is compiled: build, check, reduce, stratify, partition."""
