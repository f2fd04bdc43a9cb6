-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'incident_nodes',
    columns=[
        ['incident_id', 'string', 'incidentId'],
        ['id', 'string', 'id'],
        ['changed_at', 'timestamp', '_changed_at'],
        ['name', 'string', 'name'],
        ['type', 'string', 'type'],
        ['is_external', 'boolean', 'isExternal'],
        ['alert_ids', 'json', 'alertIds'],
        ['details', 'json', 'details'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
