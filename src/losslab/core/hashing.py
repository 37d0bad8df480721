"""Content hashes and seeds: the same value for the same meaning, in every process."""

import hashlib
import json
from typing import Any


def canonical_json(value: Any) -> str:
    """Write ``value`` as JSON with sorted keys, no spaces and no NaN.

    Examples:
        >>> canonical_json({"b": 0.1, "a": (1, 2)})
        '{"a":[1,2],"b":0.1}'
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )


def content_hash(value: Any) -> str:
    """Hash a JSON-like value: blake2b with 128 bits, as 32 hexadecimal digits.

    Examples:
        >>> content_hash({"a": 1, "b": 2}) == content_hash({"b": 2, "a": 1})
        True
    """
    return hashlib.blake2b(canonical_json(value).encode(), digest_size=16).hexdigest()


def seed_for(seed: int, *purpose: str | int) -> int:
    """Derive a 64-bit seed for one purpose, so that streams never share numbers.

    Examples:
        >>> seed_for(0, "weights") != seed_for(0, "batches") != seed_for(1, "batches")
        True
    """
    text = "/".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
