-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'user_groups',
    columns=[
        ['group_name', 'string', 'group_name'],
        ['insert_time', 'timestamp', 'insert_time'],
        ['update_time', 'timestamp', 'update_time'],
        ['pretty_name', 'string', 'pretty_name'],
        ['description', 'string', 'description'],
        ['user_email', 'json', 'user_email'],
        ['source', 'string', 'source'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
