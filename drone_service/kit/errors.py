"""Errors that a person can act on.

DomainError
├── Invalid              422   what was sent cannot be right
├── NotSignedIn          401
├── NotAllowed           403
├── NotFound             404   also what may not be seen
├── Conflict             409   right in itself, but not now
├── PreconditionFailed   412
├── PreconditionRequired 428
├── TooManyRequests      429
└── Unavailable          503

Subclasses live beside the rule that raises them and carry a stable code, two texts for the catalogues and
parameters, never a finished sentence. Anything that is not a DomainError is a bug and is answered 500.
"""

from typing import ClassVar

from drone_service.kit.i18n import N_


class DomainError(Exception):
    """An anticipated refusal. `params` fill the named places of `detail` and go out as members of the problem."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    title: ClassVar[str] = N_("Something went wrong")
    detail: ClassVar[str] = N_("We could not finish this. Nothing was changed. Try again, or call us.")
    keeps_changes: ClassVar[bool] = False
    """True where the refusal itself must be stored, such as a wrong code that uses up an attempt."""

    def __init__(self, **params: object) -> None:
        super().__init__(self.code, params)
        self.params = params


class Invalid(DomainError):
    code = "invalid"
    status = 422
    title: ClassVar[str] = N_("Something in the form is not right")
    detail: ClassVar[str] = N_("Look at the marked places, correct them and send again. What you typed is kept.")


class NotSignedIn(DomainError):
    code = "not_signed_in"
    status = 401
    title: ClassVar[str] = N_("Please sign in")
    detail: ClassVar[str] = N_("This page is for people who have signed in.")


class NotAllowed(DomainError):
    code = "not_allowed"
    status = 403
    title: ClassVar[str] = N_("You may not do this")
    detail: ClassVar[str] = N_("Your account does not have the right to do this. Ask the owner of the cooperative.")


class NotFound(DomainError):
    code = "not_found"
    status = 404
    title: ClassVar[str] = N_("Not found")
    detail: ClassVar[str] = N_("There is nothing here, or it is not yours to see.")


class Conflict(DomainError):
    code = "conflict"
    status = 409
    title: ClassVar[str] = N_("This does not fit any more")
    detail: ClassVar[str] = N_("Somebody changed this before you. Load it again and look.")


class PreconditionFailed(DomainError):
    code = "precondition_failed"
    status = 412
    title: ClassVar[str] = N_("Changed by somebody else")
    detail: ClassVar[str] = N_(
        "This was changed after you opened it. Load it again; what you typed is kept on the page."
    )


class PreconditionRequired(DomainError):
    code = "precondition_required"
    status = 428
    title: ClassVar[str] = N_("Say which version you are changing")
    detail: ClassVar[str] = N_("Send the ETag of what you read as If-Match, so that nobody's change is lost.")


class TooManyRequests(DomainError):
    code = "too_many_requests"
    status = 429
    title: ClassVar[str] = N_("Too many tries")
    detail: ClassVar[str] = N_("Wait %(wait_minutes)s minutes and try again.")


class Unavailable(DomainError):
    code = "unavailable"
    status = 503
    title: ClassVar[str] = N_("Not available now")
    detail: ClassVar[str] = N_("A service we need does not answer. Try again in a minute.")


class BadRequest(DomainError):
    code = "bad_request"
    status = 400
    title: ClassVar[str] = N_("The request cannot be read")
    detail: ClassVar[str] = N_("The request is not well formed.")


class MethodNotAllowed(DomainError):
    code = "method_not_allowed"
    status = 405
    title: ClassVar[str] = N_("This cannot be done here")
    detail: ClassVar[str] = N_("This address does not take such a request.")


class TooLarge(DomainError):
    code = "too_large"
    status = 413
    title: ClassVar[str] = N_("Too large")
    detail: ClassVar[str] = N_("What you sent is more than we take at once. Send less.")


def all_errors() -> list[type[DomainError]]:
    """Return every error class of the imported program, by code: the source of docs/problems.md."""

    def below(cls: type[DomainError]) -> list[type[DomainError]]:
        return [cls, *(found for child in cls.__subclasses__() for found in below(child))]

    return sorted(set(below(DomainError)), key=lambda cls: (cls.code, cls.__qualname__))


def errors_by_code() -> dict[str, type[DomainError]]:
    """Return one class for each code, sorted by code, the most general where several share it."""
    found: dict[str, type[DomainError]] = {}
    for error in sorted(all_errors(), key=lambda cls: len(cls.__mro__)):
        found.setdefault(error.code, error)
    return dict(sorted(found.items()))
