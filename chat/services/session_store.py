"""Django's own session store, for keys such as it makes: the site's SESSION_ENGINE."""

from django.contrib.sessions.backends import db

LONGEST = 40
"""What the table's column holds."""


def possible(key: str) -> bool:
    """Whether a session can have this key at all.

    A cookie may say anything, even a NUL in quotes, which Postgres refuses in a parameter.
    """
    return len(key) <= LONGEST and key.isascii() and key.isalnum()


class SessionStore(db.SessionStore):
    """The same rows under the same signature; an impossible key counts as none, and is not asked
    for. Sessions are signed with the name of this class: it must stay Django's.
    """

    def _validate_session_key(self, key: str | None) -> bool:
        # django-stubs does not know this method.
        valid: bool = super()._validate_session_key(key)  # type: ignore[misc]
        return valid and possible(key or "")
