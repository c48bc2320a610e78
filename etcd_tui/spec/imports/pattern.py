"""matches: OpenSSH's patterns with `*` and `?`, and lists of them."""

from __future__ import annotations


def matches(text: str, pattern: str) -> bool:
    """Tell whether `text` matches `pattern` wholly; letter case counts (match.c, match_pattern).

    Takes at most `len(text) * len(pattern)` steps, whatever stands in the file.
    """
    at = after_star = 0
    star = -1
    index = 0
    while index < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, after_star = at, index
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", text[index]):
            at += 1
            index += 1
        elif star >= 0:
            # The last star takes one more character; earlier ones need not be tried again.
            after_star += 1
            at, index = star + 1, after_star
        else:
            return False
    return not pattern[at:].strip("*")


def matches_list(text: str, patterns: str) -> bool:
    """Tell whether `text` matches one of `patterns`, separated by commas, and none after a `!`.

    Letter case does not count (match.c, match_hostname).
    """
    text = text.lower()
    found = False
    for part in patterns.lower().split(","):
        pattern = part.removeprefix("!")
        if matches(text, pattern):
            if part.startswith("!"):
                return False
            found = True
    return found


def matches_words(text: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether `text` matches one of the words behind `Host`, and none that begins with `!`."""
    positive = any(matches(text, item) for item in patterns if not item.startswith("!"))
    negative = any(matches(text, item[1:]) for item in patterns if item.startswith("!"))
    return positive and not negative
