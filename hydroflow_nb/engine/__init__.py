"""What runs a program: ticks and strata, state, handoffs, channels, faults."""
