"""A record as it is written: a ``msgspec`` struct, which C code decodes, checks, holds and encodes.

Columns that a row lacks are ``UNSET`` and are not written.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView, KeysView, Mapping
from typing import Annotated, Any, ClassVar, TypeVar, cast

import msgspec
from msgspec import UNSET

NOT_READ = Annotated[str, msgspec.Meta(pattern="(?!)")]
"""The type of a column that no row may fill: a value for it is refused."""


class Fields(msgspec.Struct):
    """The members of a JSON object, read like a mapping by their names in it.

    ``attributes`` maps these to attributes.
    """

    attributes: ClassVar[Mapping[str, str]] = {}

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a member, the default where the object has none."""
        attribute = self.attributes.get(name)
        value = UNSET if attribute is None else getattr(self, attribute)
        return default if value is UNSET else value

    def __getitem__(self, name: str) -> Any:
        value = self.get(name, UNSET)
        if value is UNSET:
            raise KeyError(name)
        return value

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name, UNSET) is not UNSET

    def keys(self) -> KeysView[str]:
        """Return the names of the members that the object has."""
        return self.as_dict().keys()

    def items(self) -> ItemsView[str, Any]:
        """Return the members that the object has."""
        return self.as_dict().items()

    def as_dict(self) -> dict[str, Any]:
        """Return the members that the object has, in the order of the schema."""
        try:
            return cast("dict[str, Any]", msgspec.to_builtins(self))
        except RecursionError:
            pass  # values nested deeper than C code goes stay as they are
        values = ((name, getattr(self, attribute)) for name, attribute in self.attributes.items())
        return {name: plain(value) for name, value in values if value is not UNSET}


class Record(Fields):
    """Base of the records of all streams."""


def plain(value: Any) -> Any:
    """Return a value of a record with dictionaries for the objects in it."""
    if isinstance(value, Fields):
        return value.as_dict()
    if isinstance(value, list) and any(isinstance(each, Fields) for each in value):
        return [plain(each) for each in value]
    return value


FieldsT = TypeVar("FieldsT", bound=Fields)


def fields_type(base: type[FieldsT], members: Mapping[str, Any]) -> type[FieldsT]:
    """Return the type of objects with no members but these, each of its type or missing."""
    attributes = {name: f"member_{index}" for index, name in enumerate(members)}
    made = msgspec.defstruct(
        f"Stream{base.__name__}",
        [(attributes[name], member, UNSET) for name, member in members.items()],
        bases=(base,),
        namespace={"attributes": attributes},
        rename={attribute: name for name, attribute in attributes.items()},
        kw_only=True,
        forbid_unknown_fields=True,
        gc=False,  # what comes out of JSON holds no cycles
    )
    return cast("type[FieldsT]", made)


def answer_decoder(row: type[Record]) -> Callable[[bytes], Any]:
    """Return what decodes answers whose rows, in a list at most two objects deep, are of one type.

    It raises ``msgspec.DecodeError``, ``UnicodeDecodeError`` or ``RecursionError`` for others.
    """
    scalar = str | int | float | bool | None
    member = list[row] | dict[str, Any] | scalar  # type: ignore[valid-type] # made at run time
    answer = dict[str, list[row] | dict[str, member] | scalar]  # type: ignore[valid-type] # likewise
    return msgspec.json.Decoder(answer).decode
