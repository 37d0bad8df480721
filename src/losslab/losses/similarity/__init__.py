"""Losses of vectors that should point the same way."""
