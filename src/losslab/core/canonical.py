"""One text and one hash for one meaning: canonical JSON and content hashes."""

import hashlib
import json
from typing import Any


def canonical_json(value: Any) -> str:
    """Write ``value`` as JSON with sorted keys, no spaces and no NaN.

    >>> canonical_json({"b": 0.1, "a": (1, 2)})
    '{"a":[1,2],"b":0.1}'
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )


def content_hash(value: Any) -> str:
    """Hash a JSON-like value: blake2b with 128 bits, as 32 hexadecimal digits.

    >>> content_hash({"a": 1, "b": 2}) == content_hash({"b": 2, "a": 1})
    True
    """
    return hashlib.blake2b(canonical_json(value).encode(), digest_size=16).hexdigest()
