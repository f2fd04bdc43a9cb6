-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'scripts',
    columns=[
        ['script_uid', 'string', 'script_uid'],
        ['script_id', 'integer', 'script_id'],
        ['modification_date', 'timestamp', 'modification_date'],
        ['name', 'string', 'name'],
        ['description', 'string', 'description'],
        ['created_by', 'string', 'created_by'],
        ['is_high_risk', 'boolean', 'is_high_risk'],
        ['windows_supported', 'boolean', 'windows_supported'],
        ['linux_supported', 'boolean', 'linux_supported'],
        ['macos_supported', 'boolean', 'macos_supported'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
