-- Written by scripts/generate_staging.py; do not edit.
{{ staging(
    'cortex_xdr', 'compliance_results',
    columns=[
        ['result_id', 'string', '_result_id'],
        ['last_evaluation_time', 'timestamp', 'LAST_EVALUATION_TIME'],
        ['type', 'string', 'TYPE'],
        ['assessment_profile', 'string', 'ASSESSMENT_PROFILE'],
        ['assessment_profile_revision', 'string', 'ASSESSMENT_PROFILE_REVISION'],
        ['standard_name', 'string', 'STANDARD_NAME'],
        ['asset_group_id', 'integer', 'ASSET_GROUP_ID'],
        ['unknown_fields', 'json', '_extra'],
    ],
) }}
