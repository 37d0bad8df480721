"""Content hashes and derived seeds, which are the same in every process."""

import hashlib
import json
from typing import Any


def to_canonical_json(value: Any) -> str:
    """Write ``value`` as JSON with sorted keys, no spaces and no NaN.

    Examples:
        >>> to_canonical_json({"b": 0.1, "a": (1, 2)})
        '{"a":[1,2],"b":0.1}'
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )


def hash_content(value: Any) -> str:
    """Hash a JSON-like value: blake2b with 128 bits, as 32 hexadecimal digits.

    Examples:
        >>> hash_content({"a": 1, "b": 2}) == hash_content({"b": 2, "a": 1})
        True
    """
    return hashlib.blake2b(to_canonical_json(value).encode(), digest_size=16).hexdigest()


def derive_seed(seed: int, *purpose: str | int) -> int:
    """Derive a 64-bit seed for one purpose, so that random streams are independent.

    Examples:
        >>> derive_seed(0, "weights") != derive_seed(0, "batches") != derive_seed(1, "batches")
        True
    """
    text = "/".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
