-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'iocs',
    columns=[
        ['rule_id', 'integer', 'rule_id'],
        ['creation_time', 'timestamp', 'creation_time'],
        ['modification_time', 'timestamp', 'modification_time'],
        ['expiration_date', 'timestamp', 'expiration_date'],
        ['default_expiration_enabled', 'boolean', 'default_expiration_enabled'],
        ['indicator', 'string', 'indicator'],
        ['type', 'string', 'type'],
        ['severity', 'string', 'severity'],
        ['reputation', 'string', 'reputation'],
        ['reliability', 'string', 'reliability'],
        ['comment', 'string', 'comment'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
