"""The report: the analysts' tables of whichever warehouse is configured, as one HTML file."""
