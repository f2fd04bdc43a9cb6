-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'legacy_exceptions',
    columns=[
        ['id', 'string', 'id'],
        ['modification_time', 'timestamp', 'modification_time'],
        ['rule_name', 'string', 'rule_name'],
        ['description', 'string', 'description'],
        ['platform', 'string', 'platform'],
        ['module', 'integer', 'module'],
        ['module_name', 'string', 'module_name'],
        ['status', 'string', 'status'],
        ['profile_ids', 'json', 'profile_ids'],
        ['conditions', 'string', 'conditions'],
        ['associated_targets', 'json', 'associated_targets'],
        ['generating_alert_id', 'string', 'generating_alert_id'],
        ['is_in_user_scope', 'boolean', 'is_in_user_scope'],
        ['created_by', 'string', 'created_by'],
        ['user_email', 'string', 'user_email'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
