-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'roles',
    columns=[
        ['pretty_name', 'string', 'pretty_name'],
        ['insert_time', 'timestamp', 'insert_time'],
        ['update_time', 'timestamp', 'update_time'],
        ['description', 'string', 'description'],
        ['vendor_permissions', 'json', 'permissions'],
        ['vendor_groups', 'json', 'groups'],
        ['users', 'json', 'users'],
        ['created_by', 'string', 'created_by'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
