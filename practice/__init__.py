"""Practice sites on this machine: real HTTP servers that post harmless photographs again.

For the demo, for tests, and for learning Vigil without pointing it at a real site.
"""
