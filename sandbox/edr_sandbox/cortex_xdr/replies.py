"""Answers as recorded: the reply envelope of an error, and the exception that becomes one."""

from __future__ import annotations

from typing import Any

from edr_sandbox.serving import Reply

ERROR = "An error occurred while processing XDR public API"
UNAUTHORIZED = "Public API request unauthorized"
SIZE = "Search size must fulfill the requirement: 0 < search_size <= 100"
HTML = (
    b"<html><head><title>%d</title></head><body><center><h1>%d %s</h1></center></body></html>\r\n"
)


class Refusal(Exception):
    """An error answer; ``loc`` and ``given`` place a validation error in the request.

    ``page`` is sent instead of the envelope when there is one.
    """

    def __init__(
        self, status: int, extra: object = None, message: str = ERROR, **headers: str
    ) -> None:
        super().__init__(f"{status} {message}: {extra}")
        self.status = status
        self.extra = extra
        self.message = message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.loc: tuple[str | int, ...] = ()
        self.given: Any = None
        self.page: bytes | None = None

    def reply(self, *, objects: bool, plain: bool = False) -> Reply:
        """Return the answer; ``objects`` sends validation errors as a list of objects.

        ``plain`` sends them without envelope, as the calls of the newer generation do.
        """
        if self.page is not None:
            return Reply(self.page, self.status, {"Content-Type": "text/html", **self.headers})
        if plain:
            return Reply({"error": str(self.extra or self.message)}, self.status, self.headers)
        extra = self.extra
        if objects and self.loc:
            where = ["request_data", *self.loc]
            entry = {"type": "value_error", "loc": where, "msg": extra, "ctx": {}}
            extra = [{**entry, "input": self.given}]
        envelope = {"err_code": self.status, "err_msg": self.message, "err_extra": extra}
        return Reply({"reply": envelope}, self.status, self.headers)


def html_page(status: int, text: str) -> Refusal:
    """Return an error answer in HTML, as a load balancer sends it."""
    refusal = Refusal(status, text)
    refusal.page = HTML % (status, status, text.encode())
    return refusal


def invalid(text: str, *loc: str | int, given: object = None) -> Refusal:
    """Return a validation error, which this vendor sends as HTTP 500."""
    refusal = Refusal(500, text)
    refusal.loc = loc or ("__root__",)
    refusal.given = given
    return refusal
