"""How a table that GravityZone lists is read: from each of its sources, company by company."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any, ClassVar

from edr_tap_kit import times
from edr_tap_kit.errors import (
    EdrTapError,
    RequestRejected,
    RowVanished,
    StreamError,
    StreamUnavailable,
)
from edr_tap_kit.one_by_one import Unread, fetched
from edr_tap_kit.pages import Page, Row
from edr_tap_kit.records import Record
from edr_tap_kit.scanning import numbered, read_agreeing_scans
from edr_tap_kit.stream import Follower
from typing_extensions import override

from tap_gravityzone.client import refused_by_api
from tap_gravityzone.companies import Company
from tap_gravityzone.secrets import without_secrets
from tap_gravityzone.streams.base import GravityZoneStream

# What one part of a table may be refused for while the others are read.
PartRefused = (StreamUnavailable, RequestRejected, RowVanished)
_THE_BEGINNING = times.from_epoch_seconds(times.EARLIEST_SECONDS)


@dataclass(frozen=True)
class Source:
    """A list of the vendor, and the columns that tell its rows from those of another source."""

    method: str
    version: str = "v1.0"
    most_per_page: int = 100
    params: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, Any] = field(default_factory=dict)


class TableStream(GravityZoneStream):
    """A table made of parts, of which some may be refused: companies, services, kinds."""

    selected_by_default = False

    def parts(self) -> Iterator[tuple[str, Iterator[list[Row]]]]:
        """Yield each part's name, for messages, and its rows."""
        raise NotImplementedError

    @override
    def read(self) -> Iterator[Record]:
        details = self.followers(DetailTable)
        listed: dict[str, None] = {}
        refusals = Refusals(self)
        for name, part in self.parts():
            for rows in refusals.tolerated(name, part):
                yield from self.records(map(without_secrets, rows))
                if details:
                    listed |= dict.fromkeys(str(row["id"]) for row in rows if row.get("id"))
        refusals.settle()
        for each in details:
            each.read_details(listed)

    def companies(self) -> Sequence[Company]:
        """Return the companies that are read, and say so when some may be missing."""
        companies, whole = self.tap.companies
        if not whole:
            self.partial(
                "the companies below could not be listed, so that their rows may be missing. "
                "Enable the APIs Companies and Network on the key."
            )
        return companies

    def company_page(
        self, source: Source, company: Company, params: Mapping[str, Any], number: int
    ) -> Page:
        """Return one page of a list; each row names its company."""
        page = self.client.page(
            source.method, params, version=source.version, number=number,
            per_page=self.per_page(source.most_per_page),
        )  # fmt: skip
        return replace(page, rows=[{**company.columns, **row} for row in page.rows])

    def scanned(self, fetch: Callable[[int], Page]) -> Iterator[list[Row]]:
        """Yield the rows of a list by its numbered pages, read until two scans agree."""
        whole = yield from read_agreeing_scans(lambda: numbered(fetch), self.identity)
        if not whole:
            self.partial("GravityZone counts more rows than it hands out. Run again.")


class Refusals:
    """What a stream's parts were refused for, so that the others are read all the same."""

    def __init__(self, stream: GravityZoneStream) -> None:
        self._stream = stream
        self._refusals: list[EdrTapError] = []
        self._read = 0

    def tolerated(self, name: str, part: Iterator[Any]) -> Iterator[Any]:
        """Yield what a part yields, up to its refusal."""
        try:
            yield from part
            self._read += 1
        except PartRefused as refusal:
            if not refused_by_api(refusal):
                raise
            self._refusals.append(refusal)
            self._stream.logger.info("%s cannot be read: %s", name, refusal)
            if self._stream.replication_key and not isinstance(refusal, StreamUnavailable):
                # It may be readable next time, and its rows are then not to be passed by.
                bookmark = self._stream.bookmark
                bookmark.ceiling = bookmark.value or _THE_BEGINNING

    def settle(self) -> None:
        """Say at the end what could not be read.

        Raises:
            EdrTapError: Nothing could.
        """
        if self._refusals and not self._read:
            raise self._refusals[0]
        if self._refusals:
            self._stream.partial(
                f"{len(self._refusals)} of its parts cannot be read, the first: {self._refusals[0]}"
            )


class ListStream(TableStream):
    """A table that one or more methods list in pages; ``by_company`` asks for each company."""

    sources: ClassVar[Sequence[Source]]
    by_company: ClassVar[bool] = False

    @property
    @override
    def area(self) -> str:
        return self.sources[0].method.partition(".")[0].partition("/")[0]

    @override
    def parts(self) -> Iterator[tuple[str, Iterator[list[Row]]]]:
        companies = self.companies() if self.by_company else (Company(None),)
        for source in self.sources:
            for company in companies:
                rows = self.scanned(partial(self.page, source, company))
                name = source.method + (f" of company {company.id}" if self.by_company else "")
                yield name, rows if self.by_company else self._of_wanted_companies(rows)

    def _of_wanted_companies(self, pages: Iterator[list[Row]]) -> Iterator[list[Row]]:
        """Leave out the rows of companies that are not wanted, as far as rows name theirs."""
        settings = self.tap.settings
        everything = settings.include_child_companies and not settings.company_ids
        wanted = set() if everything else {company.id for company in self.companies()}
        for rows in pages:
            if everything or None in wanted:
                yield rows
            else:
                yield [row for row in rows if row.get("companyId") in {None, *wanted}]

    def page(self, source: Source, company: Company, number: int) -> Page:
        """Return one page of a source, the rows with the columns that the vendor leaves out."""
        page = self.company_page(source, company, {**source.params, **company.params}, number)
        return replace(page, rows=[{**row, **source.columns} for row in page.rows])

    @override
    def probe(self) -> None:
        refusals = []
        for source in self.sources:
            try:
                self.client.page(
                    source.method, source.params, version=source.version, number=1, per_page=1
                )
            except StreamUnavailable as refusal:
                refusals.append(refusal)
            else:
                return
        raise refusals[0]


class DetailTable(Follower, GravityZoneStream):
    """One call for each row of its lead; those that vanish or are refused are left out."""

    selected_by_default = False
    versions: ClassVar[Sequence[str]] = ("v1.0",)
    id_param: ClassVar[str]
    options: ClassVar[Mapping[str, Any]] = {}

    def params_of(self, lead_id: str) -> dict[str, Any]:
        """Return the parameters of the request for one row of the lead."""
        return {self.id_param: lead_id, **self.options}

    def rows_of(self, details: Any, lead_id: str) -> Iterator[Row]:
        """Yield this stream's rows in the details of one row of the lead."""
        if isinstance(details, dict):
            yield {**details, type(self).primary_keys[0]: lead_id}

    def read_details(self, lead_ids: Iterable[str]) -> None:
        """Fetch and write the details of the lead's rows."""
        asked = list(lead_ids)
        unread = Unread([self])
        with unread.summed_up():
            for lead_id, details in zip(asked, self._each(asked), strict=True):
                if unread.counts(lead_id, details):
                    continue
                try:
                    for row in self.rows_of(details, lead_id):
                        self.write(without_secrets(row))
                except (RowVanished, StreamUnavailable, StreamError) as error:
                    unread.counts(lead_id, error)

    def _each(self, lead_ids: Sequence[str]) -> Iterator[Any]:
        """Yield the details of each row, in the first version that the installation offers."""
        refusal: StreamUnavailable | None = None
        for version in self.versions:
            details = fetched(partial(self._in_version, version), lead_ids)
            try:
                first = list(islice(details, 1))
            except StreamUnavailable as error:
                refusal = refusal or error
                continue
            yield from first
            yield from details
            return
        if refusal is not None:
            raise refusal

    def _in_version(self, version: str, lead_ids: Iterable[str]) -> Iterator[Any]:
        params = map(self.params_of, lead_ids)
        return self.client.call_each(self.method, params, version=version)
