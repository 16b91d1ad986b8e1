"""Where the time of a flow goes: measured in a variant of its code, as a table and as a trace for a viewer."""
