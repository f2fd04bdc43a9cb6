-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'incident_notes',
    columns=[
        ['incident_id', 'string', 'incidentId'],
        ['id', 'string', 'id'],
        ['changed_at', 'timestamp', '_changed_at'],
        ['created', 'timestamp', 'created'],
        ['user_id', 'string', 'userId'],
        ['user_name', 'string', 'userName'],
        ['text', 'string', 'text'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
