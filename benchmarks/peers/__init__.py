"""The ways to train small networks that are compared: one file each, and their catalogue."""
