"""What to change in a server, for cells that were meant to be allowed and were not; pure."""
