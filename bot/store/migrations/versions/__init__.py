"""One file per step, named by its revision: 0001_first.py."""
