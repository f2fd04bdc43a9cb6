"""Vega-Lite specifications, without data: the page gives them the rows of the chosen tenant."""

from __future__ import annotations

from typing import Any

# Colour-blind safe, and told apart in grey.
_SEVERITY = {
    "domain": ["critical", "high", "medium", "low", "informational", "unknown"],
    "range": ["#a50026", "#e66101", "#fdb863", "#5e9bd1", "#b2abd2", "#999999"],
}


def _colour(field: str) -> dict[str, Any]:
    scale: dict[str, Any] = _SEVERITY if field == "severity" else {"scheme": "tableau10"}
    return {"field": field, "type": "nominal", "scale": scale, "title": _words(field)}


def areas(day: str, amount: str, by: str) -> dict[str, Any]:
    """Amounts over days, stacked."""
    return {
        "mark": {"type": "area", "tooltip": True},
        "encoding": {
            "x": {"field": day, "type": "temporal", "title": None},
            "y": {"field": amount, "type": "quantitative", "aggregate": "sum",
                  "title": _words(amount)},
            "color": _colour(by),
        },
    }  # fmt: skip


def lines(day: str, amount: str, by: str, dash: str) -> dict[str, Any]:
    """Amounts over days, a line for each class; the scale lets small and large ones be read."""
    return {
        "mark": {"type": "line", "point": {"filled": True, "size": 50}, "tooltip": True},
        "encoding": {
            "x": {"field": day, "type": "temporal", "title": None},
            "y": {
                "field": amount,
                "type": "quantitative",
                "title": _words(amount),
                "scale": {"type": "symlog", "constant": 60},
            },
            "color": _colour(by),
            "strokeDash": {"field": dash, "type": "nominal", "title": _words(dash)},
            "detail": {"field": "tenant"},
        },
    }


def bars(name: str, amount: str, by: str, most: int = 12) -> dict[str, Any]:
    """Amounts by name, the largest of them."""
    return {
        "transform": [
            {"joinaggregate": [{"op": "sum", "field": amount, "as": "total"}], "groupby": [name]},
            {"window": [{"op": "dense_rank", "as": "place"}],
             "sort": [{"field": "total", "order": "descending"}, {"field": name}]},
            {"filter": {"field": "place", "lte": most}},
        ],
        "mark": {"type": "bar", "tooltip": True},
        "encoding": {
            "y": {"field": name, "type": "nominal", "sort": "-x", "title": None,
                  "axis": {"labelLimit": 220}},
            "x": {"field": amount, "type": "quantitative", "aggregate": "sum",
                  "title": _words(amount)},
            "color": _colour(by),
        },
    }  # fmt: skip


def _words(name: str) -> str:
    return name.replace("_", " ")
