"""The streams, one file a family; :data:`STREAM_TYPES` is the table of all."""

from tap_cortex_xdr.streams.alerts import Alerts, Events
from tap_cortex_xdr.streams.endpoints import Endpoints
from tap_cortex_xdr.streams.incidents import Incidents

STREAM_TYPES = (Incidents, Alerts, Events, Endpoints)
