{#- "Now" in UTC: the variable `as_of`, so that results can be repeated; else the time of the run. -#}
{% macro as_of() -%}
  {%- if var('as_of') -%}
    cast('{{ (var('as_of') | string).replace('T', ' ').replace('Z', '') }}' as {{ type_utc() }})
  {%- else -%}
    cast('{{ run_started_at.strftime('%Y-%m-%d %H:%M:%S') }}' as {{ type_utc() }})
  {%- endif -%}
{%- endmacro %}


{#- Milliseconds since 1970 of a moment. -#}
{% macro epoch_ms(moment) -%} {{ adapter.dispatch('epoch_ms', 'edr')(moment) }} {%- endmacro %}
{% macro default__epoch_ms(moment) -%}
  cast(floor(extract(epoch from {{ moment }}) * 1000) as bigint)
{%- endmacro %}
{% macro duckdb__epoch_ms(moment) -%} epoch_ms({{ moment }}) {%- endmacro %}
{% macro snowflake__epoch_ms(moment) -%} date_part(epoch_millisecond, {{ moment }}) {%- endmacro %}
{% macro bigquery__epoch_ms(moment) -%} unix_millis({{ moment }}) {%- endmacro %}
{% macro databricks__epoch_ms(moment) -%} unix_millis({{ moment }}) {%- endmacro %}


{#- The time between two moments, as a fraction: warehouses disagree on what datediff counts. -#}
{% macro minutes_between(earlier, later) -%}
  cast({{ epoch_ms(later) }} - {{ epoch_ms(earlier) }} as {{ type_double() }}) / 60000
{%- endmacro %}
{% macro hours_between(earlier, later) -%}
  cast({{ epoch_ms(later) }} - {{ epoch_ms(earlier) }} as {{ type_double() }}) / 3600000
{%- endmacro %}


{#- A moment so many days after another. Databricks has one of its own, because that of dbt asks
    the warehouse. -#}
{% macro add_days(moment, days) -%} {{ adapter.dispatch('add_days', 'edr')(moment, days) }} {%- endmacro %}
{% macro default__add_days(moment, days) -%} {{ dbt.dateadd('day', days, moment) }} {%- endmacro %}
{% macro databricks__add_days(moment, days) -%} ({{ moment }} + make_dt_interval({{ days }})) {%- endmacro %}

{#- A moment so many days before another. -#}
{% macro days_before(moment, days) -%}
  cast({{ add_days(moment, '-1 * (' ~ days ~ ')') }} as {{ type_utc() }})
{%- endmacro %}

{% macro day_of(moment) -%} cast({{ moment }} as date) {%- endmacro %}


{#- The Monday of a moment's week. -#}
{% macro week_of(moment) -%} {{ adapter.dispatch('week_of', 'edr')(moment) }} {%- endmacro %}
{% macro default__week_of(moment) -%} cast(date_trunc('week', {{ moment }}) as date) {%- endmacro %}
{% macro bigquery__week_of(moment) -%} date(timestamp_trunc({{ moment }}, isoweek)) {%- endmacro %}


{#- One row for each day of the variable history_days, up to today: `day`, and `day_end`, the moment
    at which the day is over, or now. -#}
{% macro days() %}
select
    {{ day_of('day_start') }} as day,
    case
        when {{ add_days('day_start', 1) }} > {{ as_of() }} then {{ as_of() }}
        else cast({{ add_days('day_start', 1) }} as {{ type_utc() }})
    end as day_end
from (
    select
        cast(
            {{ add_days(dbt.date_trunc('day', as_of()), '-1 * (generated_number - 1)') }}
            as {{ type_utc() }}
        ) as day_start
    from ({{ dbt.generate_series(var('history_days') | int) }}) as numbers
) as starts
{%- endmacro %}
