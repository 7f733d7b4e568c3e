"""Files that sphcode ships: the table of codes, reference tables, example heads; see SOURCES.md."""
