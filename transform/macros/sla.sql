{#- Minutes within which an incident of a severity is to be closed; null where none are agreed. -#}
{% macro sla_minutes(severity_id) -%}
  case {{ severity_id }}
    when 5 then {{ var('sla_minutes_critical') }}
    when 4 then {{ var('sla_minutes_high') }}
    when 3 then {{ var('sla_minutes_medium') }}
    when 2 then {{ var('sla_minutes_low') }}
    when 1 then {{ var('sla_minutes_informational') }}
  end
{%- endmacro %}
