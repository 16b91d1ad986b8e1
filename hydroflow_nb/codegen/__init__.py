"""From the partitioned graph to Python code: one fused loop per source of items, one function per stratum."""
