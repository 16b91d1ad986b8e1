"""What operators make of the type of an edge: a rule in each record, of a few families."""
