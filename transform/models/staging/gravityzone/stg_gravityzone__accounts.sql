-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'accounts',
    columns=[
        ['id', 'string', 'id'],
        ['email', 'string', 'email'],
        ['user_name', 'string', 'userName'],
        ['company_id', 'string', 'companyId'],
        ['company_name', 'string', 'companyName'],
        ['role', 'integer', 'role'],
        ['rights', 'json', 'rights'],
        ['profile', 'json', 'profile'],
        ['password_lifetime', 'integer', 'passwordLifetime'],
        ['account_lockdown', 'boolean', 'accountLockdown'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
