-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'api_key_details',
    columns=[
        ['source', 'string', '_source'],
        ['enabled_apis', 'json', 'enabledApis'],
        ['created_at', 'timestamp', 'createdAt'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
