-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'scan_task_details',
    columns=[
        ['id', 'string', 'id'],
        ['name', 'string', 'name'],
        ['status', 'integer', 'status'],
        ['type', 'integer', 'type'],
        ['start_date', 'timestamp', 'startDate'],
        ['total_targets_count', 'integer', 'totalTargetsCount'],
        ['owner', 'json', 'owner'],
        ['company', 'json', 'company'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
