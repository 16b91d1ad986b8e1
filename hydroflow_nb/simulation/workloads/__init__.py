"""Workloads: clients that ask the nodes of a simulated network, and checks of what they were answered."""
