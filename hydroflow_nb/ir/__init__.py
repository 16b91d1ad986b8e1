"""The graph of a flow: nodes, edges and ports; algorithms on it; its text form."""
