-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'scan_tasks',
    columns=[
        ['id', 'string', 'id'],
        ['name', 'string', 'name'],
        ['status', 'integer', 'status'],
        ['start_date', 'timestamp', 'startDate'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
