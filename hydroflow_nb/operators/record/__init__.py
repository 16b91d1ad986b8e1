"""What an operator is: its record, what is known of it, what its emitter is given, and its page in the manual."""
