"""Redaction of secrets in exceptions and source lines, before anything is written."""

import os
import re
from collections.abc import Mapping
from typing import Any

LEAST_LENGTH = 6
_NAMES = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?)$", re.IGNORECASE)
_SECRET = "<secret>"

# The text before a secret is kept, so that the line stays readable.
_PATTERNS = (
    re.compile(
        r"()-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S
    ),
    re.compile(r"()\b(sk|pk|rk)[-_][A-Za-z0-9_-]{16,}"),
    re.compile(r"()\b(gh[pousr]_|github_pat_|glpat-|hf_|xox[abprs]-|npm_|pypi-)[A-Za-z0-9_-]{10,}"),
    re.compile(r"()\b(AKIA|ASIA)[A-Z0-9]{16}\b"),
    re.compile(r"()\bAIza[A-Za-z0-9_-]{30,}"),
    re.compile(r"()\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
    re.compile(r"(\b(?:Bearer|Basic)\s+)[A-Za-z0-9._~+/=-]{8,}", re.I),
    re.compile(r"(://[^/\s:@]*:)[^/\s@]+(?=@)"),
    re.compile(
        r"(\b[\w-]*(?:api_?key|token|secret|password|passwd)\"?'?\s*[:=]\s*)"
        r"(\"[^\"]{6,}\"|'[^']{6,}'|(?=\S*\d\S*\d)[A-Za-z0-9+/_.-]{8,})",
        re.I,
    ),
)


def redact(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """Replace what looks like a secret: values of secret variables, and keys of known formats.

    It does not find every secret; what a script itself prints is not changed.

    Args:
        text: Text to redact.
        environment: Environment, whose variables named ``..._KEY``, ``..._TOKEN``,
            ``..._PASSWORD`` and the like are secret.

    Examples:
        >>> redact("login as hunter22 failed", {"DB_PASSWORD": "hunter22"})
        'login as <value of DB_PASSWORD> failed'
        >>> redact("GET https://me:hunter22@host/?token=abc123def456", {})
        'GET https://me:<secret>@host/?token=<secret>'
    """
    secrets = [
        (value, name)
        for name, value in environment.items()
        if len(value) >= LEAST_LENGTH and _NAMES.search(name)
    ]
    for value, name in sorted(secrets, key=lambda pair: -len(pair[0])):  # a longer one first
        text = text.replace(value, f"<value of {name}>")
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<1>{_SECRET}", text)
    return text


def redact_values(value: Any, environment: Mapping[str, str] = os.environ) -> Any:
    """Replace secrets in every string of nested lists and dicts, except those that name a file.

    Examples:
        >>> redact_values([{"file": "hunter22", "message": "hunter22"}], {"A_KEY": "hunter22"})
        [{'file': 'hunter22', 'message': '<value of A_KEY>'}]
    """
    if isinstance(value, str):
        return redact(value, environment)
    if isinstance(value, dict):
        return {
            key: one if key == "file" else redact_values(one, environment)
            for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact_values(one, environment) for one in value]
    return value
