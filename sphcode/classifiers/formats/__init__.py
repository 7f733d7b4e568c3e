"""Files that hold weights by name: one reader a format, all of which give a `Checkpoint`."""
