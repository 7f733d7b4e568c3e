"""Files that sphcode ships: the reference tables and the example heads; see SOURCES.md."""
