-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'policy_details',
    columns=[
        ['id', 'string', 'id'],
        ['name', 'string', 'name'],
        ['created_by', 'string', 'createdBy'],
        ['create_date', 'timestamp', 'createDate'],
        ['last_modify_date', 'timestamp', 'lastModifyDate'],
        ['settings', 'json', 'settings'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
