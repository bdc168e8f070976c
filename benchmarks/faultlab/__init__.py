"""Faults done on purpose to real runs, and what must hold after each. ``benchmarks/faults.py`` is the command."""
