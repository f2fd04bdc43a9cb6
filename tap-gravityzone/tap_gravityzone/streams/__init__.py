"""The streams, one file a family; :data:`STREAM_TYPES` is the table of all."""

from tap_gravityzone.streams.account import (
    ApiKeyDetails,
    Licenses,
    MonthlyUsage,
    MonthlyUsagePerProductType,
    PushSettings,
    PushStats,
)
from tap_gravityzone.streams.endpoints import Endpoints
from tap_gravityzone.streams.events import Events
from tap_gravityzone.streams.incident_details import (
    Alerts,
    IncidentDetails,
    IncidentMitre,
    IncidentNodes,
    IncidentNotes,
)
from tap_gravityzone.streams.incidents import Incidents
from tap_gravityzone.streams.inventory import Companies, CustomGroups, EndpointDetails
from tap_gravityzone.streams.lists import (
    Accounts,
    BlocklistItems,
    CustomRules,
    MaintenanceWindows,
    PackageDetails,
    Packages,
    Policies,
    PolicyDetails,
    QuarantineItems,
    Reports,
    ScanTaskDetails,
    ScanTasks,
    ScanTaskSubtasks,
)
from tap_gravityzone.streams.patches import InstalledPatches, MissingPatches
from tap_gravityzone.streams.phasr import PhasrRecommendations

CORE = (Incidents, Alerts, Events, Endpoints)
STREAM_TYPES = (
    *CORE,
    IncidentDetails, IncidentNodes, IncidentNotes, IncidentMitre,
    Companies, CustomGroups, EndpointDetails,
    Accounts, Policies, PolicyDetails, Packages, PackageDetails, Reports,
    ScanTasks, ScanTaskDetails, ScanTaskSubtasks,
    QuarantineItems, BlocklistItems, CustomRules, MaintenanceWindows,
    MissingPatches, InstalledPatches, PhasrRecommendations,
    Licenses, MonthlyUsage, MonthlyUsagePerProductType,
    ApiKeyDetails, PushSettings, PushStats,
)  # fmt: skip
