"""Pictures and the HTML report; each function returns the figure."""
