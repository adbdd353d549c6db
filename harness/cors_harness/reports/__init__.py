"""What a run looks like to a reader; consumes events or a journal, runs nothing."""
