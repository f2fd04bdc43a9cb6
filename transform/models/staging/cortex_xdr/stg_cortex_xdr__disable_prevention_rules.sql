-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'disable_prevention_rules',
    columns=[
        ['rule_id', 'string', 'rule_id'],
        ['kind', 'string', '_kind'],
        ['creation_time', 'timestamp', 'creation_time'],
        ['expiration_time', 'timestamp', 'expiration_time'],
        ['rule_name', 'string', 'rule_name'],
        ['description', 'string', 'description'],
        ['platform', 'string', 'platform'],
        ['process_name', 'string', 'process_name'],
        ['path', 'string', 'path'],
        ['status', 'string', 'status'],
        ['is_global', 'boolean', 'is_global'],
        ['profile_ids', 'json', 'profile_ids'],
        ['created_by', 'string', 'created_by'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
