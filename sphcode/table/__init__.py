"""The table of codes: a campaign that builds it, what is in it checked, exported, added to."""
