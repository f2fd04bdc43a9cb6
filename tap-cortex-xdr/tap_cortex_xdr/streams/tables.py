"""Tables without a time to step by: in pages by offset, in pages by token, or in one answer."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from edr_tap_kit.errors import RequestRejected
from edr_tap_kit.pages import Page, Row
from edr_tap_kit.records import Record
from edr_tap_kit.scanning import read_agreeing_scans, read_counted
from typing_extensions import override

from tap_cortex_xdr import replies
from tap_cortex_xdr.client import PageRequest
from tap_cortex_xdr.streams.base import CortexStream


class TableStream(CortexStream):
    """A table that is read in pages which overlap by a row.

    ``member`` is in the answer where that has no ``reply``; calls that are not ``paged`` may refuse
    to be read in pages. Of ``open_ended`` rows no list of fields is documented: what the schema
    does not know stands in ``_extra`` by design and is no drift.
    """

    selected_by_default = False
    most_per_page: ClassVar[int] = 100
    sort_field: ClassVar[str | None] = None
    member: ClassVar[str] = "reply"
    paged: ClassVar[bool] = True
    open_ended: ClassVar[bool] = False
    _sorts = True
    _pages = True
    _first: frozenset[Hashable] | set[Hashable] = frozenset()

    @override
    def read(self) -> Iterator[Record]:
        try:
            for rows in self.table():
                yield from self.records(rows)
        finally:
            if self.open_ended:
                self.shaper.drift.unknown.clear()

    def table(self) -> Iterator[list[Row]]:
        """Yield all rows, prepared: pages are told apart by what is written of them."""
        whole = yield from read_counted(self._page_once, self.identity)
        if not whole:
            self.partial("the vendor counts more rows than it hands out. Run again.")

    def page(self, offset: int) -> Page:
        """Return the rows from an offset (0-based) on."""
        try:
            page = self.client.page_of(
                lambda: self.ask(self.request(offset)),
                PageRequest(self.call_path, self.list_key, self.limit, offset),
            )
        except RequestRejected:
            if offset or not self._gives_up_something():
                raise
            return self.page(offset)
        rows = [self.prepared(row) for row in page.rows]
        return replace(page, rows=rows, more=page.more and self._pages)

    def request(self, offset: int) -> dict[str, Any]:
        """Return the data of a request."""
        data: dict[str, Any] = {"filters": []}
        if self._pages:
            data |= {"search_from": offset, "search_to": offset + self.limit}
        if self.sort_field and self._sorts:
            data["sort"] = {"field": self.sort_field, "keyword": self.sort_keyword}
        return data

    def ask(self, data: Mapping[str, Any]) -> Any:
        """Send a request and return its reply."""
        return self.client.post(self.call_path, data, member=self.member)

    @property
    def call_path(self) -> str:
        """The call that is being read."""
        return self.path

    @property
    @override
    def limit(self) -> int:
        return max(2, min(self.most_per_page, self.tap.settings.page_size or self.most_per_page))

    @override
    def probe(self) -> None:
        # As cheap as it gets, and without what a read may do without.
        data = {name: value for name, value in self.request(0).items() if name != "sort"}
        self.ask({**data, "search_to": 1} if self.paged else {"filters": []})

    def _gives_up_something(self) -> bool:
        """Do without the sort, then without pages, where the tenant may refuse the request so."""
        if self.sort_field and self._sorts:
            self._sorts = False
        elif self._pages and not self.paged:
            self._pages = False
        else:
            return False
        return True

    def _page_once(self, offset: int) -> Page:
        """Return a page, as the last one where the tenant answers each offset with the first."""
        page = self.page(offset)
        met = set(map(self.identity, page.rows))
        if not offset:
            self._first = met
        elif page.more and met == self._first == set(map(self.identity, self.page(0).rows)):
            if len(page.rows) == self.limit:
                self.partial(
                    f"the tenant hands out the first {self.limit} rows of {self.path} alone."
                )
            return replace(page, more=False)
        return page


class TokenStream(TableStream):
    """A table that is read by the token of the next page, by offset where there is none.

    What a token stands for is not documented: a row that moves while pages are read may hide
    another one. So a table of several pages is scanned until two scans in a row agree.
    """

    most_per_page = 500
    knows_offsets: ClassVar[bool] = True

    @override
    def table(self) -> Iterator[list[Row]]:
        try:
            first, token = self._by_token("")
        except RequestRejected:
            if not self.knows_offsets:
                raise
            yield from super().table()
            return
        if first.more and not token and self.knows_offsets:
            yield from super().table()
            return
        begun = [(first, token)]
        whole = yield from read_agreeing_scans(
            lambda: self._scan(*(begun.pop() if begun else self._by_token(""))), self.identity
        )
        if not whole:
            self.partial("the vendor counts more rows than it hands out. Run again.")

    @override
    def probe(self) -> None:
        try:
            self._by_token("", search_to=1)
        except RequestRejected:
            if not self.knows_offsets:
                raise
            super().probe()

    def token_member(self, token: str) -> dict[str, str]:
        """Return the member that asks for the page of a token; the first page has none."""
        return {"next_page_token": token} if token else {}

    def _scan(self, page: Page, token: str) -> Iterator[Page]:
        """Yield all pages, the total with the first; a token that comes again is the end."""
        yield page
        met = {""}
        while token not in met:
            met.add(token)
            page, token = self._by_token(token)
            yield replace(page, total=None)

    def _by_token(self, token: str, **other: Any) -> tuple[Page, str]:
        asked = {**self.request(0), "use_page_token": True, **self.token_member(token), **other}
        reply = self.ask(asked)
        rows = [self.prepared(row) for row in self.client.rows(reply, self.path, self.list_key)]
        page = Page(rows, more=len(rows) >= self.limit, total=replies.total_of(reply))
        return page, _token(reply)


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
    def read(self) -> Iterator[Record]:
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
