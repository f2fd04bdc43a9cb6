"""Records against their JSON schema, where ``validate_records`` asks for it."""

from __future__ import annotations

import decimal
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from singer_sdk.exceptions import InvalidJSONSchema, InvalidRecord
from singer_sdk.sinks.core import JSONSchemaValidator

from target_duckdb_edr.errors import LoaderError
from target_duckdb_edr.values import json_text

# Digits that a remainder needs at most: those of the largest double over the smallest one.
_DIGITS = 700
# An integer with more digits stays a fraction: 1e999999 would be a megabyte.
_LONGEST_INTEGER = 400


class Validator:
    """Checks records of a stream, with numbers as they were written: 1.13 is 113 times 0.01.

    Raises:
        LoaderError: When the schema is no JSON schema.
    """

    def __init__(self, stream: str, schema: Mapping[str, Any]) -> None:
        self._stream = stream
        try:
            self._validator = JSONSchemaValidator(_exactly(json_text(schema).encode()))
        except InvalidJSONSchema as error:
            raise LoaderError(
                f"The schema of stream '{stream}' is no JSON schema: {error}"
            ) from error

    def check(self, record: bytes) -> None:
        """Check a record, which is JSON.

        Raises:
            LoaderError: When it does not match the schema.
        """
        try:
            with decimal.localcontext(prec=_DIGITS):
                self._validator.validate(_exactly(record))
        except InvalidRecord as error:
            problem = re.sub(r"Decimal\('([^']*)'\)", r"\1", error.error_message)
        except (ValueError, ArithmeticError, RecursionError) as error:
            problem = str(error)
        else:
            return
        raise LoaderError(
            f"Stream '{self._stream}': a record does not match its schema: {problem}. "
            "validate_records is on."
        )


def _exactly(text: bytes) -> Any:
    """Return what a JSON text says, its fractions as decimals."""
    return json.loads(text.decode(), parse_float=_number, parse_constant=_refuse)


def _number(text: str) -> int | Decimal:
    value = Decimal(text)
    is_integer = value.adjusted() < _LONGEST_INTEGER and value == value.to_integral_value()
    return int(value) if is_integer else value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")
