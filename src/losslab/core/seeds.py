"""Seeds that depend on what they are for, and on nothing else."""

import hashlib


def seed_for(seed: int, *purpose: str | int) -> int:
    """Derive a 64-bit seed for one purpose, so that streams never share numbers.

    >>> seed_for(0, "weights") != seed_for(0, "batches") != seed_for(1, "batches")
    True
    """
    text = "/".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
