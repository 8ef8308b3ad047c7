"""A Word template of content/press/forms and the words for it -> a .docx. Pure; what people said is never markup."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.press.tables import clean
from bot.press.values import PressError

PICTURE = Mm(28)


def letter(template: Path, fields: Mapping[str, Any], pictures: Mapping[str, bytes] | None = None) -> bytes:
    """The template filled in; `pictures` are PNGs, set `PICTURE` wide. Blocks for some hundredths of a second.

    Raises PressError naming the template: missing, not a Word file, or asking for a field that there is not.
    """
    # Without autoescape everything behind a «<» is lost without a word. The sandbox: the ward replaces templates.
    words = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    page = io.BytesIO()
    try:
        document = DocxTemplate(template)
        inline = {name: _inline(document, drawn) for name, drawn in (pictures or {}).items()}
        document.render({**_clean(fields), **inline}, words, autoescape=True)
        document.save(page)
    except TemplateError as error:
        raise PressError(f"{template.name}: {error.message}") from error
    except Exception as error:  # python-docx, lxml and zipfile have no word in common for «not a Word file»
        raise PressError(f"{template.name}: {type(error).__name__}") from error
    return page.getvalue()


def _inline(document: DocxTemplate, drawn: bytes) -> InlineImage:
    return InlineImage(document, io.BytesIO(drawn), width=PICTURE)


def _clean(value: Any) -> Any:
    match value:
        case str():
            return clean(value)
        case Mapping():
            return {key: _clean(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_clean(inner) for inner in value]
        case _:
            return value
