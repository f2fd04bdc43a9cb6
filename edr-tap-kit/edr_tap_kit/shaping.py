"""From a vendor's row to a record that is valid against its schema, with nothing lost.

A :class:`Shaper` is compiled once per stream from the schema in force. A value keeps its declared
type, is coerced to it where that loses nothing, or moves to ``_extra`` under its own name.

Most columns hold values of their own type in every row, which C code sees at once. The others are
*loose*: each of their values passes its coercion. A column becomes loose with the first value that
is not of its type, and stays so. Unknown fields are looked for from the first one on.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import UTC, tzinfo
from typing import Any

import msgspec
from msgspec import UNSET

from edr_tap_kit.coercion import Coercion, compile_coercion
from edr_tap_kit.records import Record, checked_type, record_type
from edr_tap_kit.report import Drift

EXTRA = "_extra"
_NO_KEY = (None, "")


class Shaper:
    """Shapes the rows of one stream.

    Args:
        schema: JSON schema of the stream's records.
        keys: Columns that must not be null; rows without them are refused.
        constants: Columns with the same value in every record (``_tenant``).
        naive_zone: Zone of vendor times without an offset.
        deselected: Columns that the user does not want; records do not have them.
    """

    def __init__(
        self,
        schema: Mapping[str, Any],
        keys: Iterable[str],
        *,
        constants: Mapping[str, Any] | None = None,
        naive_zone: tzinfo = UTC,
        deselected: Container[str] = (),
    ) -> None:
        self._keys = tuple(keys)
        self._constants = dict(constants or {})
        columns = {
            name: column
            for name, column in schema["properties"].items()
            if name != EXTRA and name not in self._constants
        }
        self._known = frozenset(columns)
        self._keeps_extra = EXTRA not in deselected
        wanted = {name: column for name, column in columns.items() if name not in deselected}
        self._coercions = {
            name: compile_coercion(column, naive_zone) for name, column in wanted.items()
        }
        self._checked = {name: checked_type(column) for name, column in wanted.items()}
        self.drift = Drift()
        self._reserved = (*self._constants, EXTRA)
        self._has_unknown = wanted.keys() != columns.keys()
        self._loose: list[tuple[str, str, Coercion]] = []
        # Refuses any row, so that the first one is learnt from.
        self._type = record_type((), closed=True)

    def shape(self, row: Mapping[str, Any]) -> Record | None:
        """Return the record of a row, or ``None`` (counted) when it has no primary key."""
        record = self._converted(row)
        extra = self._unknown_fields(row, record) if self._has_unknown else {}
        for name, attribute, coerce in self._loose:
            value = getattr(record, attribute)
            if value is None or value is UNSET:
                continue
            try:
                setattr(record, attribute, coerce(value))
            except ValueError:
                setattr(record, attribute, None)
                extra[name] = value
                self.drift.mistyped[name] += 1
        if extra and self._keeps_extra:
            setattr(record, self._type.attributes[EXTRA], extra)
        for key in self._keys:
            if record.get(key) in _NO_KEY:
                self.drift.keyless += 1
                return None
        return record

    def _converted(self, row: Mapping[str, Any]) -> Record:
        for name in self._reserved:
            if name in row and not self._has_unknown:
                self._learn(row)  # a field of the vendor's is not to be taken for our own
        try:
            return msgspec.convert(row, self._type)
        except msgspec.ValidationError:
            self._learn(row)
            return msgspec.convert(row, self._type)

    def _unknown_fields(self, row: Mapping[str, Any], record: Record) -> dict[str, Any]:
        if row.keys() <= self._known:
            return {}
        for name, value in self._constants.items():  # which the row may have as well
            setattr(record, self._type.attributes[name], value)
        extra = {name: value for name, value in row.items() if name not in self._known}
        self.drift.unknown.update(extra.keys())
        return extra

    def _learn(self, row: Mapping[str, Any]) -> None:
        """Make the type of records such that it takes a row that is unlike those before."""
        self._has_unknown = self._has_unknown or not row.keys() <= self._known
        for name, column_type in self._checked.items():
            if column_type is None or name not in row:
                continue
            try:
                msgspec.convert(row[name], column_type)
            except msgspec.ValidationError:
                self._checked[name] = None
        # Columns are found fastest in the order in which rows have them.
        first = {name: self._checked[name] for name in row if name in self._checked}
        self._checked = first | self._checked
        columns = [(name, Any, value) for name, value in self._constants.items()]
        columns += [
            (name, Any if column_type is None else column_type, UNSET)
            for name, column_type in self._checked.items()
        ]
        if self._keeps_extra:
            columns.append((EXTRA, Any, UNSET))
        self._type = record_type(columns, closed=not self._has_unknown)
        attributes = self._type.attributes
        self._loose = [
            (name, attributes[name], self._coercions[name])
            for name, column_type in self._checked.items()
            if column_type is None
        ]
