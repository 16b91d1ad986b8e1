"""The diagram of a run and its listing: from what happened to places, shapes and words."""
