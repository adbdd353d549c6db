"""How fast the harness is on this machine, next to what the browsers can do without it."""
