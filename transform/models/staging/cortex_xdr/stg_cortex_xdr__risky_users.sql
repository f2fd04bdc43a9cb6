-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'risky_users',
    columns=[
        ['id', 'string', 'id'],
        ['type', 'string', 'type'],
        ['score', 'number', 'score'],
        ['norm_risk_score', 'number', 'norm_risk_score'],
        ['risk_level', 'string', 'risk_level'],
        ['reasons', 'json', 'reasons'],
        ['email', 'string', 'email'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
