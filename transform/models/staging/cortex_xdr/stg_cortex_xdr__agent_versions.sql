-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'agent_versions',
    columns=[
        ['platform', 'string', 'platform'],
        ['version', 'string', 'version'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
