"""From a vendor's row to a record that is valid against its schema, with nothing lost.

A :class:`Shaper` is compiled once per stream from the schema in force. A value keeps its declared
type, is coerced to it where that loses nothing, or moves to ``_extra`` under its own name.

Rows that are like those before are decoded into records at once, by C code; what is left to do is a
look at the values of *loose* columns: times, and those that had a value of another type. All
others come as dictionaries, are learnt from and converted, to the same end.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Mapping
from datetime import UTC, tzinfo
from itertools import islice
from types import MappingProxyType
from typing import Any, cast

import msgspec
from msgspec import UNSET

from edr_tap_kit import codec
from edr_tap_kit.coercion import Coercion
from edr_tap_kit.columns import Column, column_of
from edr_tap_kit.pages import Row
from edr_tap_kit.records import NOT_READ, Record, answer_decoder, fields_type, plain
from edr_tap_kit.report import Drift

EXTRA = "_extra"
_PATIENCE = 8  # answers
_ENOUGH = 100  # rows: others that are unlike them are learnt from when they are shaped
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Shaper:
    """Shapes the rows of one stream.

    Args:
        schema: JSON schema of the stream's records.
        keys: Columns that must not be null; rows without them are refused.
        constants: Columns with the same value in every record (``_tenant``).
        computed: Columns that :meth:`shape` is given for each row, not by the vendor, where the
            schema has them.
        naive_zone: Zone of vendor times without an offset.
        deselected: Columns that the user does not want; records do not have them.
    """

    def __init__(  # noqa: PLR0913 (where each kind of column comes from)
        self,
        schema: Mapping[str, Any],
        keys: Iterable[str],
        *,
        constants: Mapping[str, Any] | None = None,
        computed: Collection[str] = (),
        naive_zone: tzinfo = UTC,
        deselected: Container[str] = (),
    ) -> None:
        self._keys = tuple(keys)
        self._constants = dict(constants or {})
        self._computed = [name for name in computed if name in schema["properties"]]
        ours = {EXTRA, *self._constants, *computed}
        self._columns = {
            name: column_of(column, naive_zone)
            for name, column in schema["properties"].items()
            if name not in ours
        }
        self._met: dict[str, Column] = {}  # those that rows had
        self._deselected = deselected
        self._keeps_extra = EXTRA not in deselected
        self._is_foreign = False  # whether rows had fields that records do not have
        self.drift = Drift()
        self._decode: Callable[[bytes], Any] | None = None
        self._refused = 0
        self._type = Record  # until the first row shows in which order rows have their columns

    def decode(self, body: bytes) -> Any:
        """Decode an answer; its rows come as records, not shaped yet, if all are like those before.

        Raises what :func:`edr_tap_kit.codec.decode` does.
        """
        decode = self._decode
        if decode is None or self._refused > _PATIENCE:
            return codec.decode(body)
        try:
            answer = decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._refused += 1
            return codec.decode(body)
        self._refused = 0
        return answer

    def meet(self, rows: Iterable[Row]) -> None:
        """Learn from the first rows of a run how the others will be."""
        if self._type is Record:
            for row in islice(rows, _ENOUGH):
                self._converted(dict(row.items()))

    def shape(self, row: Row, computed: Mapping[str, Any] = _NOTHING) -> Record | None:
        """Return the record of a row, or ``None`` (counted) when it has no primary key.

        A row that is a record already is changed. ``computed`` are values as their columns hold
        them.
        """
        record, extra = (row, {}) if type(row) is self._type else self._made(row)
        for attribute, value in self._given:
            setattr(record, attribute, value)
        for name, attribute in self._wanted:
            setattr(record, attribute, computed.get(name))
        for name, attribute, coerce in self._loose:
            value = getattr(record, attribute)
            if value is None or value is UNSET:
                continue
            try:
                setattr(record, attribute, coerce(value))
            except ValueError:
                setattr(record, attribute, None)
                extra[name] = plain(value)
                self.drift.mistyped[name] += 1
        if extra and self._keeps_extra:
            setattr(record, self._type.attributes[EXTRA], extra)
        for attribute in self._key_attributes:
            key = getattr(record, attribute, None)
            if key is None or key is UNSET or key == "":
                self.drift.keyless += 1
                return None
        return record

    def _made(self, row: Row) -> tuple[Record, dict[str, Any]]:
        """Return the record of a row that is none of this type yet, and what it has beside."""
        row = row.as_dict() if isinstance(row, Record) else cast("dict[str, Any]", row)
        record = self._converted(row)
        return record, self._unknown_fields(row) if self._is_foreign else {}

    def _converted(self, row: dict[str, Any]) -> Record:
        if self._type is not Record:
            try:
                return msgspec.convert(self._own(row), self._type)
            except msgspec.ValidationError:
                pass
        self._learn(row)
        return msgspec.convert(self._own(row), self._type)

    def _own(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return the part of a row that records have."""
        if not self._is_foreign:
            return row
        return {name: value for name, value in row.items() if name in self._columns}

    def _unknown_fields(self, row: dict[str, Any]) -> dict[str, Any]:
        if row.keys() <= self._columns.keys():
            return {}
        extra = {name: value for name, value in row.items() if name not in self._columns}
        self.drift.unknown.update(extra.keys())
        return extra

    def _learn(self, row: dict[str, Any]) -> None:
        """Make the type of records such that it takes a row that is unlike those before."""
        self._is_foreign = self._is_foreign or not row.keys() <= self._columns.keys()
        met = {name: self._columns[name] for name in row if name in self._columns}
        for name, column in met.items():
            column.meet(row[name])
        # Columns are found fastest in the order in which rows have them, and each one costs.
        self._met = met | self._met
        members = dict.fromkeys((*self._constants, *self._computed), NOT_READ)
        members |= {name: column.type for name, column in self._met.items()}
        if self._keeps_extra:
            members[EXTRA] = NOT_READ
        self._type = fields_type(Record, members)
        attributes = self._type.attributes
        self._loose: list[tuple[str, str, Coercion]] = [
            (name, attributes[name], column.coercion)
            for name, column in self._met.items()
            if column.coercion is not None and name not in self._deselected
        ]
        given = dict.fromkeys((name for name in self._met if name in self._deselected), UNSET)
        self._given = [(attributes[name], v) for name, v in (given | self._constants).items()]
        self._wanted = [
            (name, attributes[name]) for name in self._computed if name not in self._deselected
        ]
        self._key_attributes = [attributes.get(name, "") for name in self._keys]
        self._decode = answer_decoder(self._type)
        self._refused = 0
