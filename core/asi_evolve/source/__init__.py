"""Reading and editing candidates' source as text and syntax trees. Nothing here executes or imports it.

- ``normalise``: hashes that ignore formatting, comments and docstrings
- ``slots``: a slot's definition, read and exchanged; sequences of steps
- ``constants``: literals marked ``tunable(...)``, read and set
- ``blocks``: which building block a slot holds
- ``diff``: what changed between a parent and its child, in words
"""
