"""What rules there are, and the page of one."""

from collections.abc import Sequence

from losslab.doctor.rule import HEADINGS, Rule


def render_list(rules: Sequence[Rule]) -> str:
    """Write one line per rule."""
    width = max(len(rule.name) for rule in rules)
    return _plain(
        "".join(
            f"{rule.code}  {rule.severity:<7}  {rule.name:<{width}}  {rule.summary}\n"
            for rule in rules
        )
    )


def render_page(rule: Rule) -> str:
    """Write a rule's page."""
    parts = [f"{rule.code} {rule.name} ({rule.severity})", rule.summary]
    for heading in HEADINGS:
        text = "\n".join(f"    {line}".rstrip() for line in rule.sections[heading].splitlines())
        parts.append(f"{heading}\n{text}")
    return _plain("\n\n".join(parts) + "\n")


def _plain(text: str) -> str:
    """Write code as a terminal's reader expects it, with single backticks."""
    return text.replace("``", "`")
