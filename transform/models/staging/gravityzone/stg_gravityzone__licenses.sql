-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'gravityzone', 'licenses',
    columns=[
        ['company_id', 'string', 'companyId'],
        ['position', 'integer', '_position'],
        ['subscription_type', 'integer', 'subscriptionType'],
        ['expiry_date', 'timestamp', 'expiryDate'],
        ['used_slots', 'integer', 'usedSlots'],
        ['total_slots', 'integer', 'totalSlots'],
        ['reserved_slots', 'integer', 'reservedSlots'],
        ['manage_exchange', 'boolean', 'manageExchange'],
        ['manage_encryption', 'boolean', 'manageEncryption'],
        ['is_addon', 'boolean', 'isAddon'],
        ['end_subscription', 'timestamp', 'endSubscription'],
        ['auto_renew_period', 'integer', 'autoRenewPeriod'],
        ['minimum_usage', 'integer', 'minimumUsage'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
