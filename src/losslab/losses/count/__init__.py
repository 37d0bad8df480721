"""Losses of counts."""
