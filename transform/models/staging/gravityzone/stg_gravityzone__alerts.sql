-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'alerts',
    columns=[
        ['incident_id', 'string', 'incidentId'],
        ['id', 'string', 'id'],
        ['changed_at', 'timestamp', '_changed_at'],
        ['vendor_date', 'timestamp', 'date'],
        ['name', 'string', 'name'],
        ['detected_by', 'json', 'detectedBy'],
        ['tactic', 'string', 'tactic'],
        ['sensors', 'json', 'sensors'],
        ['resources', 'json', 'resources'],
        ['transitions', 'json', 'transitions'],
        ['findings', 'json', 'extra'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
