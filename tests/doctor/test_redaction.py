"""Secrets are taken out of what the doctor writes; all else stays as it is."""

import pytest

from losslab.doctor.redaction import redact, redact_values

ENVIRONMENT = {
    "HF_TOKEN": "correct-horse",
    "WANDB_API_KEY": "battery-staple",
    "HOME": "/home/somebody",
    "SHORT_KEY": "abc",
}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("401 for correct-horse", "401 for <value of HF_TOKEN>"),
        ("key=battery-staple!", "key=<value of WANDB_API_KEY>!"),
        ('openai = "sk-abcdefghijklmnop1234"', 'openai = "<secret>"'),
        ("push with ghp_0123456789abcdefABCD failed", "push with <secret> failed"),
        ("AKIAABCDEFGHIJKLMNOP denied", "<secret> denied"),
        ("Authorization: Bearer abcdef.123456", "Authorization: Bearer <secret>"),
        ("postgres://me:pass-word@host/db", "postgres://me:<secret>@host/db"),
        ("?token=abc123def456&page=2", "?token=<secret>&page=2"),
        ("login(password='not so long')", "login(password=<secret>)"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\nrest",
            "<secret>\nrest",
        ),
    ],
)
def test_40_secrets_are_replaced(text, left):
    assert redact(text, ENVIRONMENT) == left


@pytest.mark.parametrize(
    "text",
    [
        "File /home/somebody/train.py, line 3, abc",
        "scores = model(tokens[:, :-1]); target = tokens[:, 1:]",
        "token = tokens[:, 12] if teacher else best",
        "for key, token in zip(keys, tokens): token = layer2(key)",
        "prediction (8, 1), target (8,): the loss is over all 8 x 8 pairs",
        "mat1 and mat2 shapes cannot be multiplied (2x4 and 3x1)",
    ],
)
def test_ordinary_text_is_left_alone(text):
    assert redact(text, ENVIRONMENT) == text


def test_of_two_secrets_one_inside_the_other_nothing_is_left():
    assert redact("longer-secret", {"A_KEY": "secret", "B_KEY": "longer-secret"}) == (
        "<value of B_KEY>"
    )


def test_the_file_of_a_finding_is_kept_and_everything_beside_it_is_looked_at():
    values = {"findings": [{"file": "correct-horse", "fix": "correct-horse"}], "steps": 3}
    assert redact_values(values, ENVIRONMENT) == {
        "findings": [{"file": "correct-horse", "fix": "<value of HF_TOKEN>"}],
        "steps": 3,
    }
