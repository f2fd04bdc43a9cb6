"""The page: one file with its data, its script and the charts' libraries; it loads nothing else.

Host names, command lines and titles are chosen by attackers. They enter the page as JSON in which
no character can end the script element, and the page's script only ever writes them as text.
"""

from __future__ import annotations

import datetime as dt
import json
from importlib.resources import files
from typing import Any

import vl_convert


def render(panels: list[dict[str, Any]]) -> str:
    """Return the page of panels with their rows."""
    tenants = sorted({str(row["tenant"]) for panel in panels for row in panel["rows"]})
    data = {
        "made": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "tenants": tenants,
        "panels": panels,
    }
    parts = {
        "STYLE": _resource("page.css"),
        "DATA": embedded(data),
        "LIBRARIES": _libraries(),
        "SCRIPT": _resource("page.js"),
    }
    page = _resource("page.html")
    before, *rest = page.split("<!--PART ")
    # One pass over the template: what is put in is never looked at again.
    return before + "".join(
        parts[name] + after for name, after in (part.split("-->", 1) for part in rest)
    )


def _libraries() -> str:
    """Return Vega, Vega-Lite and Vega-Embed, as they may stand inside a script element."""
    bundle: str = vl_convert.javascript_bundle()
    return bundle.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def embedded(data: Any) -> str:
    """Return data as JSON that may stand inside a script element, whatever is in it."""
    text = json.dumps(data, ensure_ascii=False, default=str)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _resource(name: str) -> str:
    return files("soc_report").joinpath(name).read_text(encoding="utf-8")
