"""Why an item is where it is, and why another one is not: told from a recording, after the run.

Each operator's record has a rule that inverts it (`operators/explaining/`). This room asks the rules, from a place
backwards. It is imported when the first question is asked.
"""
