"""Values as messages: their plain form, their bytes, and what a receiver lets in. Nothing here knows a socket."""
