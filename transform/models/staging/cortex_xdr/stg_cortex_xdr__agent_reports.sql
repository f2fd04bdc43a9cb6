-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'agent_reports',
    columns=[
        ['report_id', 'string', '_report_id'],
        ['vendor_timestamp', 'timestamp', 'TIMESTAMP'],
        ['receivedtime', 'timestamp', 'RECEIVEDTIME'],
        ['endpointid', 'string', 'ENDPOINTID'],
        ['endpointname', 'string', 'ENDPOINTNAME'],
        ['domain', 'string', 'DOMAIN'],
        ['trapsversion', 'string', 'TRAPSVERSION'],
        ['xdrversion', 'string', 'XDRVERSION'],
        ['category', 'string', 'CATEGORY'],
        ['type', 'string', 'TYPE'],
        ['subtype', 'string', 'SUBTYPE'],
        ['result', 'string', 'RESULT'],
        ['reason', 'string', 'REASON'],
        ['description', 'string', 'DESCRIPTION'],
        ['severity', 'string', 'SEVERITY'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
