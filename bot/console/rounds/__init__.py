"""Rounds of talks with parents: planned, looked at before they open, followed while parents choose; interpreters."""
