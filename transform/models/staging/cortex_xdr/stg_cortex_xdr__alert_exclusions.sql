-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'alert_exclusions',
    columns=[
        ['alert_whitelist_id', 'string', 'ALERT_WHITELIST_ID'],
        ['alert_whitelist_modify_time', 'timestamp', 'ALERT_WHITELIST_MODIFY_TIME'],
        ['alert_whitelist_name', 'string', 'ALERT_WHITELIST_NAME'],
        ['alert_whitelist_comment', 'string', 'ALERT_WHITELIST_COMMENT'],
        ['alert_whitelist_hits', 'integer', 'ALERT_WHITELIST_HITS'],
        ['alert_whitelist_user', 'string', 'ALERT_WHITELIST_USER'],
        ['alert_whitelist_pretty_user', 'string', 'ALERT_WHITELIST_PRETTY_USER'],
        ['alert_whitelist_indicator', 'json', 'ALERT_WHITELIST_INDICATOR'],
        ['alert_whitelist_indicator_text', 'json', 'ALERT_WHITELIST_INDICATOR_TEXT'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
