"""HTML from the templates of this folder, with everything escaped and printable."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from losslab.experiment.formatting import format_count
from losslab.plots import wording
from losslab.report.terminal import Column

if TYPE_CHECKING:
    from jinja2 import Environment


def render_template(name: str, **values: Any) -> str:
    """Render a template; a missing value is an error."""
    return _make_environment().get_template(name).render(**values)


def render_notebook(
    heading: str,
    columns: Sequence[Column],
    paragraphs: Iterable[str],
    picture: tuple[str, str] = ("", ""),
) -> str:
    """Render a result for a notebook.

    Args:
        heading: the first line.
        columns: of the table.
        paragraphs: below the table.
        picture: a PNG in Base64 and its description, above the table; by default, none.
    """
    return render_template(
        "notebook.html.j2",
        heading=heading,
        columns=columns,
        rows=zip(*(column.cells for column in columns), strict=True),
        paragraphs=paragraphs,
        picture=picture[0],
        description=picture[1],
    )


@cache
def _make_environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("losslab.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_make_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "p": wording.format_p_value,
        "chance": wording.format_probability,
        "duration": wording.format_seconds,
        "counted": format_count,
        "direction": wording.describe_direction,
        "same_as": wording.format_duplicates,
        "setting": wording.describe_setting,
        "standing": wording.describe_verdict,
        "zero_share": wording.format_zero_share,
        "plain": _format_setting,
    }
    return environment


def _make_printable(value: Any) -> Any:
    """Replace what HTML or UTF-8 cannot hold, in plain text only: markup is losslab's own."""
    if type(value) is not str or value.isprintable():
        return value
    return "".join(
        letter if letter.isprintable() or letter == "\n" else "\ufffd" for letter in value
    )


def _format_setting(value: Any) -> str:
    """Format a setting for readers.

    Examples:
        >>> [_format_setting(value) for value in ((64, 64), 0.001, True, None)]
        ['64, 64', '0.001', 'yes', 'none']
    """
    match value:
        case bool():
            return "yes" if value else "no"
        case None:
            return "none"
        case float():
            return f"{value:g}"
        case list() | tuple():
            return ", ".join(map(_format_setting, value))
    return str(value)
