"""The streams, one file a family; :data:`STREAM_TYPES` is the table of all."""

from tap_cortex_xdr.streams.alerts import Alerts, Events
from tap_cortex_xdr.streams.audits import AgentReports, DeviceViolations, ManagementLogs
from tap_cortex_xdr.streams.cases import Cases, Issues
from tap_cortex_xdr.streams.endpoints import Endpoints
from tap_cortex_xdr.streams.exposure import (
    Assets,
    ComplianceResults,
    ExternalIpRanges,
    ExternalServices,
    InternetExposures,
    Vulnerabilities,
)
from tap_cortex_xdr.streams.fleet import (
    AgentVersions,
    Distributions,
    EndpointSummaries,
    Scripts,
)
from tap_cortex_xdr.streams.incident_details import (
    FileArtifacts,
    IncidentAlerts,
    IncidentDetails,
    NetworkArtifacts,
)
from tap_cortex_xdr.streams.incidents import Incidents
from tap_cortex_xdr.streams.people import RiskyHosts, RiskyUsers, Roles, UserGroups, Users
from tap_cortex_xdr.streams.rules import (
    AlertExclusions,
    Biocs,
    CorrelationRules,
    DisablePreventionRules,
    Iocs,
    LegacyExceptions,
)
from tap_cortex_xdr.streams.tenant import Datasets, TenantInfo, XqlQuota

CORE = (Incidents, Alerts, Events, Endpoints)
STREAM_TYPES = (
    *CORE,
    IncidentDetails, IncidentAlerts, FileArtifacts, NetworkArtifacts,
    Cases, Issues,
    EndpointSummaries, Distributions, AgentVersions, Scripts,
    ManagementLogs, AgentReports, DeviceViolations,
    Users, Roles, UserGroups, RiskyUsers, RiskyHosts,
    Iocs, Biocs, CorrelationRules, LegacyExceptions, DisablePreventionRules, AlertExclusions,
    Datasets, XqlQuota, TenantInfo,
    ExternalServices, InternetExposures, ExternalIpRanges,
    Assets, Vulnerabilities, ComplianceResults,
)  # fmt: skip
