"""Reading YAML with places, and sentences about mistakes that are found in what people write.

In goes text; out come nodes with line and column, and problems ready to be printed. Every unit
that reads files or options of the user calls it.
"""
