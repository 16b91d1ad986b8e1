"""Why an item is in a node: the reasons of each node, joined by the messages between them."""
