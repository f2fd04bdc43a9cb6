-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'users',
    columns=[
        ['user_email', 'string', 'user_email'],
        ['last_logged_in', 'timestamp', 'last_logged_in'],
        ['user_first_name', 'string', 'user_first_name'],
        ['user_last_name', 'string', 'user_last_name'],
        ['role_name', 'string', 'role_name'],
        ['user_type', 'string', 'user_type'],
        ['vendor_groups', 'json', 'groups'],
        ['scope', 'json', 'scope'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
