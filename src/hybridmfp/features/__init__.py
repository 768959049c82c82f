"""Named numbers that describe a movement."""
