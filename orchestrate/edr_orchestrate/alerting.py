"""Alerts to a webhook, as chat programs and incident managers take them."""

from __future__ import annotations

import json
import logging
import os
import re
from urllib.request import Request, urlopen

URL = "EDR_ORCHESTRATE_ALERT_URL"
_SECONDS = 15
_WEB = re.compile(r"https?://", re.IGNORECASE)
_LOGGER = logging.getLogger(__name__)


def alert(text: str) -> bool:
    """Post ``{"text": ...}`` to the address in ``EDR_ORCHESTRATE_ALERT_URL``.

    Without one, the alert is a WARNING in the log alone. Returns whether it was delivered; a
    webhook that is out of order is an ERROR in the log, which holds no address, since those are
    secrets often.
    """
    url = os.environ.get(URL, "")
    if not url:
        _LOGGER.warning("%s (no %s is set, so that nobody is told)", text, URL)
        return False
    if not _WEB.match(url):
        _LOGGER.error("%s has to begin with https://; not delivered: %s", URL, text)
        return False
    body = json.dumps({"text": text}).encode()
    request = Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 (checked)
    try:
        with urlopen(request, timeout=_SECONDS):  # noqa: S310 (checked)
            return True
    except (OSError, ValueError) as error:  # URLError is an OSError
        cause = getattr(error, "reason", error)
        reason = getattr(error, "code", None) or type(cause).__name__
        _LOGGER.error("The webhook did not take an alert (%s): %s", reason, text)  # noqa: TRY400 (shows the address)
        return False
