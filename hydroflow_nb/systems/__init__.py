"""Systems: one text for several flows that send each other messages."""
