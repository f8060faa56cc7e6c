"""Everything that can be refused, as exceptions with a wire code.

    ChatError
    ├── BadRequest        bad_request 400
    ├── Unauthenticated   unauthenticated 401
    ├── Forbidden         forbidden 403
    │   └── ForeignOrigin origin 403
    ├── NotFound          not_found 404: also for strangers, and for closed and expired codes
    ├── Conflict          conflict 409
    │   └── NicknameTaken nickname_taken 409, with a free suggestion
    ├── TooBig            too_big 413
    ├── BadType           bad_type 415
    ├── Invalid           invalid 422
    ├── RateLimited       rate_limited 429, with retry_after in seconds
    └── Unavailable       unavailable 503
        └── StorageFull   storage_full 503

Raised or returned below, translated once at each edge. The sentences are English message
ids; the edge looks them up in the caller's language.
"""

from collections.abc import Mapping


def gettext_noop(message: str) -> str:
    """Mark a message id for the catalogue; translating is the edge's task."""
    return message


class ChatError(Exception):
    """A refusal with its wire `code`, HTTP `status`, message id and parameters."""

    code = "bad_request"
    status = 400
    sentence = gettext_noop("That request could not be understood.")

    def __init__(
        self,
        sentence: str | None = None,
        params: Mapping[str, object] | None = None,
        *,
        retry_after: float | None = None,
        suggestion: str | None = None,
    ) -> None:
        self.sentence = sentence or type(self).sentence
        self.params = dict(params or {})
        self.retry_after = retry_after
        self.suggestion = suggestion
        super().__init__(self.sentence)


class BadRequest(ChatError):
    pass


class Unauthenticated(ChatError):
    code, status = "unauthenticated", 401
    sentence = gettext_noop("Pick a nickname first.")


class Forbidden(ChatError):
    code, status = "forbidden", 403
    sentence = gettext_noop("You can't do that here.")


class ForeignOrigin(Forbidden):
    code = "origin"
    sentence = gettext_noop("This request came from another site.")


class NotFound(ChatError):
    code, status = "not_found", 404
    sentence = gettext_noop("There is nothing here, or it is not open to you.")


class Conflict(ChatError):
    code, status = "conflict", 409
    sentence = gettext_noop("This was already sent with other content.")


class NicknameTaken(Conflict):
    code = "nickname_taken"
    sentence = gettext_noop("Someone here already goes by that nickname.")


class TooBig(ChatError):
    code, status = "too_big", 413
    sentence = gettext_noop("That is too long to send.")


class BadType(ChatError):
    code, status = "bad_type", 415
    sentence = gettext_noop("Send this as application/json.")


class Invalid(ChatError):
    code, status = "invalid", 422
    sentence = gettext_noop("Something in there is not right.")


class RateLimited(ChatError):
    code, status = "rate_limited", 429
    sentence = gettext_noop("That was a bit fast. Please wait a moment.")


class Unavailable(ChatError):
    code, status = "unavailable", 503
    sentence = gettext_noop("The server can't do this right now. Please try again soon.")


class StorageFull(Unavailable):
    code = "storage_full"
    sentence = gettext_noop("The server's disk is full, so nothing can be saved at the moment.")
