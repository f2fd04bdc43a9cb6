-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'scan_task_subtasks',
    columns=[
        ['task_id', 'string', 'taskId'],
        ['endpoint_id', 'string', 'endpointId'],
        ['endpoint_name', 'string', 'endpointName'],
        ['status', 'integer', 'status'],
        ['start_date', 'timestamp', 'startDate'],
        ['end_date', 'timestamp', 'endDate'],
        ['error_code', 'string', 'errorCode'],
        ['error_message', 'string', 'errorMessage'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
