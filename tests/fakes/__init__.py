"""Strict local servers that stand in for what lies outside."""
