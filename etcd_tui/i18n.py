"""The one catalogue: every text that a person reads passes through `_`."""

import gettext
import os
from pathlib import Path

LANGUAGES = ("en", "zh")
_LOCALE_DIR = Path(__file__).parent / "locale"
_CATALOGUES = {"zh": "zh_CN"}
_translation: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"


def choose_language(option: str | None) -> str:
    """Return `en` or `zh`: the option if given, else what LC_ALL, LC_MESSAGES and LANG ask for."""
    if option:
        return option
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def set_language(language: str) -> None:
    """Make `_` answer in `language` (`en` or `zh`) from now on, in the whole process."""
    global _translation, _language  # noqa: PLW0603 - one process speaks one language
    _language = language
    catalogue = _CATALOGUES.get(language)
    _translation = (
        gettext.translation("etcd_tui", _LOCALE_DIR, [catalogue], fallback=True)
        if catalogue
        else gettext.NullTranslations()
    )


def current_language() -> str:
    """Return the language that `_` answers in: `en` or `zh`."""
    return _language


def _(message: str) -> str:
    """Translate `message`; fill placeholders with `str.format` after the look-up, never before."""
    return _translation.gettext(message)


def N_(message: str) -> str:
    """Mark `message` for the catalogue; it is translated where it is shown."""
    return message
