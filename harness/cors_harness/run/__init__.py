"""The only place where the parts that do I/O meet: starts all, runs cells, judges, ends all."""
