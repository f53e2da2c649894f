"""Ouderbrug: the bridge between a primary school and all its parents."""
