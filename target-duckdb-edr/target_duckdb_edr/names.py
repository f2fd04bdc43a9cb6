"""How properties are named in a table: as the tap wrote them.

DuckDB compares names without regard to the case of ASCII letters. Properties that differ by case
only get a suffix. A column that was made so stays its property's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count


def column_names(
    properties: Iterable[str], existing: Iterable[str], owners: Mapping[str, str]
) -> dict[str, str]:
    """Return each property's column.

    Args:
        properties: Names of a stream's properties.
        existing: The columns that the table has already, as DuckDB spells them.
        owners: The properties of those that were made for one of another name.
    """
    wanted = list(properties)
    there = {_folded(column): column for column in existing}
    names = {owner: column for column, owner in owners.items() if owner in wanted}
    taken = {_folded(column) for column in owners}
    # A column that is spelt just so belongs to its property; the others see what is left.
    for name in wanted:
        if name not in names and there.get(_folded(name)) == name and _folded(name) not in taken:
            names[name] = name
            taken.add(_folded(name))
    # An empty name comes last: '_' belongs to the property that is called so.
    for name in sorted(set(wanted) - names.keys(), key=lambda name: (not name, name)):
        names[name] = _free(name, there, taken, {_folded(other) for other in wanted})
        taken.add(_folded(names[name]))
    return {name: names[name] for name in wanted}


def renamed(names: Mapping[str, str]) -> dict[str, str]:
    """Return the properties whose column differs by more than case."""
    return {name: column for name, column in names.items() if _folded(name) != _folded(column)}


def _free(name: str, there: Mapping[str, str], taken: set[str], wanted: set[str]) -> str:
    plain = name or "_"
    if _folded(plain) not in taken:
        return there.get(_folded(plain), plain)
    suffixed = (f"{plain}_{number}" for number in count(2))
    return next(
        column
        for column in suffixed
        if _folded(column) not in taken | wanted and there.get(_folded(column), column) == column
    )


def _folded(name: str) -> str:
    # bytes.lower() knows ASCII alone, and so does DuckDB.
    return name.encode(errors="surrogatepass").lower().decode(errors="surrogatepass")
