"""What the operators of a flow hold from tick to tick, as data, now and after the ticks that are kept."""
