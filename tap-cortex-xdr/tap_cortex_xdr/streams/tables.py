"""Tables without a time to step by: in pages by offset, in pages by token, or in one answer."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from edr_tap_kit.errors import RequestRejected
from edr_tap_kit.reading import Page, Row
from edr_tap_kit.scanning import read_counted
from typing_extensions import override

from tap_cortex_xdr import replies
from tap_cortex_xdr.streams.base import CortexStream


class TableStream(CortexStream):
    """A table that is read in pages which overlap by a row.

    ``member`` is in the answer where that has no ``reply``.
    """

    selected_by_default = False
    most_per_page: ClassVar[int] = 100
    sort_field: ClassVar[str | None] = None
    member: ClassVar[str] = "reply"
    _sorts = True

    @override
    def read(self) -> Iterator[dict[str, Any]]:
        for rows in self.table():
            yield from self.shaped(rows)

    def table(self) -> Iterator[list[Row]]:
        """Yield all rows."""
        whole = yield from read_counted(self.page, self.identity)
        if not whole:
            self.partial("the vendor counts more rows than it hands out. Run again.")

    def page(self, offset: int) -> Page:
        """Return the rows from an offset (0-based) on."""
        try:
            page = self.client.page_of(
                lambda: self.ask(self.request(offset)),
                self.path, self.list_key, offset, self.limit,
            )  # fmt: skip
        except RequestRejected:
            if offset or not (self.sort_field and self._sorts):
                raise
            self._sorts = False  # the tenant does not sort by it
            return self.page(offset)
        # Named and identified here, so that pages are told apart by what is written.
        return replace(page, rows=[self.prepared(row) for row in page.rows])

    def request(self, offset: int) -> dict[str, Any]:
        """Return the data of a request."""
        data: dict[str, Any] = {
            "filters": [], "search_from": offset, "search_to": offset + self.limit,
        }  # fmt: skip
        if self.sort_field and self._sorts:
            data["sort"] = {"field": self.sort_field, "keyword": self.sort_keyword}
        return data

    def ask(self, data: Mapping[str, Any]) -> Any:
        """Send a request and return its reply."""
        return self.client.post(self.path, data, member=self.member)

    @property
    @override
    def limit(self) -> int:
        return max(2, min(self.most_per_page, self.tap.settings.page_size or self.most_per_page))

    @override
    def probe(self) -> None:
        self.ask({**self.request(0), "search_to": 1})


class TokenStream(TableStream):
    """A table that is read by the token of the next page, by offset where there is none."""

    most_per_page = 500

    @override
    def table(self) -> Iterator[list[Row]]:
        seen: set[Hashable] = set()
        token, counted = "", 0
        tokens: set[str] = set()
        while token not in tokens:
            tokens.add(token)
            asked = {**self.request(0), "use_page_token": True, **self.token_member(token)}
            try:
                reply = self.ask(asked)
            except RequestRejected:
                if token:
                    raise
                break
            rows = [self.prepared(row) for row in self.client.rows(reply, self.path, self.list_key)]
            counted = max(counted, replies.total_of(reply) or 0)
            yield rows
            seen.update(map(self.identity, rows))
            token = _token(reply)
        if seen and len(seen) >= counted:
            return
        yield from super().table()

    def token_member(self, token: str) -> dict[str, str]:
        """Return the member that asks for the page of a token; the first page has none."""
        return {"next_page_token": token} if token else {}


class ReplyStream(CortexStream):
    """A table that comes in one answer.

    ``bare`` calls may want their body without a wrapper; which tenants do is not documented.
    """

    selected_by_default = False
    data: ClassVar[Mapping[str, Any]] = {}
    wrapper: ClassVar[str] = "request_data"
    bare: ClassVar[bool] = False
    list_key = ""

    @override
    def read(self) -> Iterator[dict[str, Any]]:
        yield from self.shaped(self.rows_in(self.reply()))

    def reply(self) -> Any:
        """Return the reply."""
        if not self.bare:
            return self.client.post(self.path, self.data, wrapper=self.wrapper)
        try:
            return self.client.post(self.path, self.data, wrapper=self.wrapper, doubtful=True)
        except RequestRejected:
            return self.client.post(self.path, self.data, wrapper=None)

    def rows_in(self, reply: Any) -> list[Row]:
        """Return the rows of a reply."""
        return self.client.rows(reply, self.path, self.list_key)

    @override
    def probe(self) -> None:
        self.reply()


def _token(reply: Any) -> str:
    token = reply.get("next_page_token") if isinstance(reply, dict) else None
    return str(token or "")
