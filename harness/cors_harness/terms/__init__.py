"""Words of the Fetch standard that every unit needs: modes, headers, origins, reasons, roles.

In goes text as people, files and browsers write it; out come typed values, no decisions. Every
unit may call it, and it calls none.
"""
