"""The streams, one file a family; :data:`STREAM_TYPES` is the table of all."""

from tap_gravityzone.streams.endpoints import Endpoints
from tap_gravityzone.streams.events import Events
from tap_gravityzone.streams.incidents import Alerts, Incidents

STREAM_TYPES = (Incidents, Alerts, Events, Endpoints)
