"""The push service at work: bodies go to the receiver that the key's settings name."""

from __future__ import annotations

import hashlib
import http.client
import json
import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SERVICE_TYPES = ("jsonRPC", "splunk", "qradar", "cef")
_TIMEOUT = 10  # s
_OK = 200
_CEF = {
    "module": "BitdefenderGZModule",
    "companyId": "BitdefenderGZCompanyId",
    "computer_name": "dvchost",
    "computer_fqdn": "BitdefenderGZComputerFQDN",
    "computer_ip": "dvc",
    "computer_id": "deviceExternalId",
}


def body_of(form: str, events: Sequence[Mapping[str, Any]], sent_at: int) -> bytes:
    """Return the body that carries events; ``sent_at`` is in epoch milliseconds."""
    match form:
        case "splunk":
            text = "".join(json.dumps({"event": event}) for event in events)
        case "qradar":
            text = "\n".join(map(json.dumps, events))
        case "cef":
            text = "\n".join(map(_cef_message, events))
        case _:
            params = {"events": list(events)}
            text = json.dumps(
                {"jsonrpc": "2.0", "method": "addEvents", "params": params, "id": sent_at}
            )
    return text.encode()


def post(settings: Mapping[str, Any], body: bytes, api_key: str) -> str | None:
    """Send a body; return ``None`` once it was taken, else the counter of what went wrong.

    Only a 200 counts: any other 2xx is an error, as the vendor says.
    """
    service = settings["serviceSettings"]
    url = urlsplit(service["url"])
    headers = {
        "Authorization": service.get("authorization") or service.get("splunkAuthorization") or "",
        "Content-Type": "application/json",
        "Event-Push-Service-Md5": _md5(api_key.encode() + _md5(body).encode()),
    }
    connection = _connection(url.scheme, url.netloc, strict=service["requireValidSslCertificate"])
    try:
        connection.request("POST", url.path or "/", body, headers)
        status = connection.getresponse().status
    except ssl.SSLError:
        return "configurationError"
    except TimeoutError:
        return "timeout"
    except (OSError, http.client.HTTPException):
        return "connectionError"
    finally:
        connection.close()
    if status == _OK:
        return None
    return "statusCode2xx" if status // 100 == 2 else f"statusCode{status // 100}00"


def _connection(scheme: str, netloc: str, *, strict: bool) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(netloc, timeout=_TIMEOUT)
    context = ssl.create_default_context()
    if not strict:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(netloc, timeout=_TIMEOUT, context=context)


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _cef_message(event: Mapping[str, Any]) -> str:
    members = {_CEF.get(name, name): value for name, value in event.items()}
    extension = " ".join(f"{name}={_cef_value(value)}" for name, value in members.items())
    return f"CEF:0|Bitdefender|GravityZone|6.40|{event['module']}|Event|5|{extension}"


def _cef_value(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text.replace("\\", "\\\\").replace("=", "\\=").replace("\n", "\\n").replace("\r", "\\r")
