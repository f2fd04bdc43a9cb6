{#- The vendors' words and their numbers in OCSF 1.8. docs/ocsf.md explains them; the tests
    of the models hold them. -#}

{#- severity_id: 1 Informational, 2 Low, 3 Medium, 4 High, 5 Critical. -#}
{% macro severity_of_word(word) -%}
  {{ mapped(word, {
      'unknown': 0, 'informational': 1, 'info': 1, 'low': 2, 'medium': 3, 'high': 4, 'critical': 5,
      'sev_010_info': 1, 'sev_020_low': 2, 'sev_030_medium': 3, 'sev_040_high': 4,
      'sev_050_critical': 5,
  }) }}
{%- endmacro %}

{% macro severity_of_score(score) -%}
  case
    when {{ score }} is null then 0
    when {{ score }} >= {{ var('severity_score_critical') }} then 5
    when {{ score }} >= {{ var('severity_score_high') }} then 4
    when {{ score }} >= {{ var('severity_score_medium') }} then 3
    when {{ score }} >= {{ var('severity_score_low') }} then 2
    else 1
  end
{%- endmacro %}

{% macro severity_name(severity_id) -%}
  case {{ severity_id }}
    when 1 then 'informational' when 2 then 'low' when 3 then 'medium' when 4 then 'high'
    when 5 then 'critical' when 99 then 'other' else 'unknown'
  end
{%- endmacro %}


{#- Severities in their order: a word that the mapping does not know is not above critical. -#}
{% macro severity_rank(severity_id) -%}
  case when {{ severity_id }} = 99 then 0 else {{ severity_id }} end
{%- endmacro %}


{#- status_id of an Incident Finding: 1 New, 2 In Progress, 4 Resolved, 5 Closed. Installations on
    premises send GravityZone's status as a code. -#}
{% macro gravityzone_incident_status(status) -%}
  {{ mapped(status, {
      'open': 1, 'in_progress': 2, 'closed': 5, 'false_positive': 5, '1': 1, '2': 2, '3': 5, '4': 5,
  }) }}
{%- endmacro %}
{% macro gravityzone_verdict(status) -%}
  case when lower({{ status }}) in ('false_positive', '4') then 1 else 0 end
{%- endmacro %}
{% macro gravityzone_priority(priority) -%}
  {{ mapped(priority, {'unknown': 0, 'low': 1, 'medium': 2, 'high': 3, 'critical': 4}) }}
{%- endmacro %}

{#- Alerts of Cortex XDR say STATUS_010_NEW and the like, incidents the bare words. -#}
{% macro cortex_status(status) -%}
  case
    when {{ status }} is null then 0
    when lower({{ status }}) like '%resolved%' then 4
    when lower({{ status }}) like '%under_investigation%' then 2
    when lower({{ status }}) = 'new' or lower({{ status }}) like 'status_%_new' then 1
    else 99
  end
{%- endmacro %}

{#- verdict_id: 1 False Positive, 2 True Positive, 5 Benign, 6 Test, 10 Duplicate. -#}
{% macro cortex_verdict(status) -%}
  case
    when {{ status }} is null or lower({{ status }}) not like '%resolved%' then 0
    when lower({{ status }}) like '%true_positive%' then 2
    when lower({{ status }}) like '%threat_handled%' then 2
    when lower({{ status }}) like '%false_positive%' then 1
    when lower({{ status }}) like '%known_issue%' then 5
    when lower({{ status }}) like '%duplicate%' then 10
    when lower({{ status }}) like '%security_testing%' then 6
    when lower({{ status }}) like '%auto%' then 0
    else 99
  end
{%- endmacro %}

{% macro verdict_name(verdict_id) -%}
  case {{ verdict_id }}
    when 0 then 'unknown' when 1 then 'false_positive' when 2 then 'true_positive'
    when 5 then 'benign' when 6 then 'test' when 10 then 'duplicate' else 'other'
  end
{%- endmacro %}


{#- What the product did: action_id 1 Allowed, 2 Denied, 3 Observed, 4 Modified, and disposition_id
    of the profile security_control. -#}
{% macro cortex_action(action) -%}
  case
    when {{ action }} is null then 0
    when upper({{ action }}) like 'BLOCKED%' or upper({{ action }}) like 'PREVENTED%' then 2
    when upper({{ action }}) like 'DETECTED%' or upper({{ action }}) like 'REPORTED%' then 3
    when upper({{ action }}) like 'QUARANTINED%' then 4
    when upper({{ action }}) like 'ALLOWED%' then 1
    else 99
  end
{%- endmacro %}
{% macro cortex_disposition(action) -%}
  case
    when {{ action }} is null then 0
    when upper({{ action }}) like 'BLOCKED%' or upper({{ action }}) like 'PREVENTED%' then 2
    when upper({{ action }}) like 'DETECTED%' then 15
    when upper({{ action }}) like 'REPORTED%' then 17
    when upper({{ action }}) like 'QUARANTINED%' then 3
    when upper({{ action }}) like 'ALLOWED%' then 1
    else 99
  end
{%- endmacro %}
{% macro gravityzone_disposition(action) -%}
  {{ mapped(action, {
      'deleted': 5, 'quarantined': 3, 'quarantine': 3, 'blocked': 2, 'disinfected': 11,
      'ignored': 13, 'present': 16, 'restored': 9, 'reported': 15, 'reportonly': 15,
      'no action': 16, 'partially_blocked': 12, 'kill': 2, 'aph_blocked': 2, 'avc_blocked': 2,
      'portscan_blocked': 2, 'uc_site_blocked': 2, 'uc_application_blocked': 2, 'allowed': 1,
  }) }}
{%- endmacro %}

{#- action_id that goes with a disposition_id. -#}
{% macro action_of_disposition(disposition_id) -%}
  case
    when {{ disposition_id }} = 0 then 0
    when {{ disposition_id }} = 1 then 1
    when {{ disposition_id }} in (2, 12) then 2
    when {{ disposition_id }} in (3, 5, 9, 11) then 4
    when {{ disposition_id }} in (13, 15, 16, 17) then 3
    else 99
  end
{%- endmacro %}


{#- os.type_id from any text about an operating system. -#}
{% macro os_type_of(text) -%}
  case
    when {{ text }} is null or upper({{ text }}) in ('', 'NO_HOST') then 0
    when lower({{ text }}) like '%windows%' then 100
    when lower({{ text }}) like '%mac%' or lower({{ text }}) like '%darwin%' then 300
    when lower({{ text }}) like '%android%' then 201
    when lower({{ text }}) like '%ios%' then 301
    when lower({{ text }}) like '%linux%' or lower({{ text }}) like '%ubuntu%'
      or lower({{ text }}) like '%debian%' or lower({{ text }}) like '%centos%'
      or lower({{ text }}) like '%red hat%' or lower({{ text }}) like '%suse%' then 200
    else 99
  end
{%- endmacro %}


{#- disposition_id of a detection that GravityZone pushed. The numbers of storage-antimalware are
    not published; avc stops what it reports. -#}
{% macro gravityzone_event_disposition() -%}
  case
    when event_type = 'avc' then 2
    when event_type in ('storage-antimalware', 'ransomware-mitigation', 'network-sandboxing') then 0
    else {{ gravityzone_disposition('what_was_done') }}
  end
{%- endmacro %}

{#- A member of the first malware in an event of exchange-malware. -#}
{% macro first_malware(member) -%}
  {{ adapter.dispatch('first_malware', 'edr')(member) }}
{%- endmacro %}
{% macro default__first_malware(member) -%}
  json_extract_string(malware, '$[0].{{ member }}')
{%- endmacro %}
{% macro postgres__first_malware(member) -%} (malware #>> '{0,{{ member }}}') {%- endmacro %}
{% macro snowflake__first_malware(member) -%}
  cast(get_path(malware, '[0].{{ member }}') as varchar)
{%- endmacro %}
{% macro bigquery__first_malware(member) -%} json_value(malware, '$[0].{{ member }}') {%- endmacro %}
{% macro redshift__first_malware(member) -%}
  cast(malware[0]."{{ member }}" as varchar)
{%- endmacro %}
{% macro databricks__first_malware(member) -%}
  variant_get(malware, '$[0].{{ member }}', 'string')
{%- endmacro %}

{% macro os_family(os_type_id) -%}
  case {{ os_type_id }}
    when 100 then 'windows' when 200 then 'linux' when 201 then 'android' when 300 then 'macos'
    when 301 then 'ios' when 99 then 'other' else 'unknown'
  end
{%- endmacro %}
