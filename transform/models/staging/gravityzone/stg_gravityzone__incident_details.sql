-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'incident_details',
    columns=[
        ['incident_id', 'string', 'incidentId'],
        ['changed_at', 'timestamp', '_changed_at'],
        ['created', 'timestamp', 'created'],
        ['last_updated', 'timestamp', 'lastUpdated'],
        ['last_processed', 'timestamp', 'lastProcessed'],
        ['last_incident_change', 'timestamp', 'lastIncidentChange'],
        ['incident_number', 'integer', 'incidentNumber'],
        ['incident_type', 'string', 'incidentType'],
        ['status', 'string', 'status'],
        ['priority', 'string', 'priority'],
        ['assignee', 'json', 'assignee'],
        ['severity_score', 'integer', 'severityScore'],
        ['main_action', 'string', 'mainAction'],
        ['attack_types', 'json', 'attackTypes'],
        ['company', 'json', 'company'],
        ['incident_link', 'string', 'incidentLink'],
        ['details', 'json', 'details'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
