-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'incident_mitre',
    columns=[
        ['incident_id', 'string', 'incidentId'],
        ['category', 'string', 'category'],
        ['id', 'string', 'id'],
        ['changed_at', 'timestamp', '_changed_at'],
        ['name', 'string', 'name'],
        ['subtechniques', 'json', 'subtechniques'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
