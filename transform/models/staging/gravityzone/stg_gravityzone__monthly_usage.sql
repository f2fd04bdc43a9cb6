-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'monthly_usage',
    columns=[
        ['company_id', 'string', 'companyId'],
        ['month_id', 'string', '_month_id'],
        ['month', 'timestamp', '_month'],
        ['endpoint_monthly_usage', 'integer', 'endpointMonthlyUsage'],
        ['exchange_monthly_usage', 'integer', 'exchangeMonthlyUsage'],
        ['encryption_monthly_usage', 'integer', 'encryptionMonthlyUsage'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
