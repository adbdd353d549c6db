"""Facts of page, wire and engine in, verdict out; pure: no clock, no I/O, no logging."""
