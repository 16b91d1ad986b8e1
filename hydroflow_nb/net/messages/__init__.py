"""Values as messages: their plain form, their bytes, and what a receiver accepts. Nothing here knows about sockets."""
