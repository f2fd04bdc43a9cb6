{#- A `case` that maps words, whatever their letter case, to numbers of OCSF. Null is 0, Unknown;
    a word that is not in the table is 99, Other, and stays legible in the vendor's own column. -#}
{% macro mapped(value, table) -%}
  case
    when {{ value }} is null then 0
    {%- for word, number in table.items() %}
    when lower({{ value }}) = '{{ word }}' then {{ number }}
    {%- endfor %}
    else 99
  end
{%- endmacro %}

{#- The text, or null where it is empty or says that there is nothing. -#}
{% macro nonempty(text) -%}
  case when trim({{ text }}) not in ('', 'N/A', 'undefined', 'UNKNOWN') then trim({{ text }}) end
{%- endmacro %}

{#- The parts of a text such as "T1059 - Command and Scripting Interpreter" or "host:id". -#}
{% macro before(text, delimiter) -%}
  trim({{ dbt.split_part(text, "'" ~ delimiter ~ "'", 1) }})
{%- endmacro %}
{% macro after(text, delimiter) -%}
  nullif(trim({{ dbt.split_part(text, "'" ~ delimiter ~ "'", 2) }}), '')
{%- endmacro %}

{#- The part of a path behind its last separator, of Windows or not. -#}
{% macro file_name_of(path) -%} {{ adapter.dispatch('file_name_of', 'edr')(path) }} {%- endmacro %}
{% macro default__file_name_of(path) -%}
  nullif(regexp_replace({{ path }}, '^.*[/\\]', ''), '')
{%- endmacro %}
{% macro snowflake__file_name_of(path) -%}
  nullif(split_part(replace({{ path }}, chr(92), '/'), '/', -1), '')
{%- endmacro %}
{% macro bigquery__file_name_of(path) -%}
  nullif(regexp_replace({{ path }}, r'^.*[/\\]', ''), '')
{%- endmacro %}
{% macro redshift__file_name_of(path) -%}
  nullif(regexp_replace({{ path }}, '^.*[/\\\\]', ''), '')
{%- endmacro %}
{% macro databricks__file_name_of(path) -%}
  nullif(substring_index(replace({{ path }}, char(92), '/'), '/', -1), '')
{%- endmacro %}

{#- A key of several columns, readable, for joins and tests. -#}
{% macro key_of(columns) -%}
  {%- set parts = [] -%}
  {%- for column in columns -%}
    {%- do parts.append(column) -%}
    {%- if not loop.last -%} {%- do parts.append("'|'") -%} {%- endif -%}
  {%- endfor -%}
  {{ dbt.concat(parts) }}
{%- endmacro %}

{#- The smaller of two values; a null gives way. -#}
{% macro earlier_of(one, other) -%}
  case when {{ one }} is null or {{ other }} < {{ one }} then {{ other }} else {{ one }} end
{%- endmacro %}
{% macro later_of(one, other) -%}
  case when {{ one }} is null or {{ other }} > {{ one }} then {{ other }} else {{ one }} end
{%- endmacro %}

{#- A MAC address without separators, in lower case. -#}
{% macro mac_of(text) -%}
  lower(replace(replace(replace({{ text }}, ':', ''), '-', ''), '.', ''))
{%- endmacro %}

{#- The first element of a list of texts, where it says anything. -#}
{% macro first_of(list) -%} {{ nonempty(json_first_text(list)) }} {%- endmacro %}

{#- An e-mail address; null where the text is none, such as a user's name. -#}
{% macro email_of(text) -%}
  case when {{ matches(nonempty(text), '^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9-]+[.][a-zA-Z0-9.-]+$') }}
    then {{ nonempty(text) }} end
{%- endmacro %}

{#- An IP address of either version; null where the text is none. -#}
{% macro ip_of(text) -%}
  case when {{ matches(nonempty(text), ipv4_expression()) }}
    or {{ matches(nonempty(text), ipv6_expression()) }} then {{ nonempty(text) }} end
{%- endmacro %}
{% macro ipv4_expression() -%}
  {%- set part = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])' -%}
  ^({{ part }}[.]){3}{{ part }}$
{%- endmacro %}
{% macro ipv6_expression() -%}
  {%- set forms = ['(h:){7}h', '(h:){1,7}:', ':(:h){1,7}', '::'] -%}
  {%- for before in range(1, 7) -%}
    {%- do forms.append('(h:){1,' ~ before ~ '}(:h){1,' ~ (7 - before) ~ '}') -%}
  {%- endfor -%}
  ^({{ forms | join('|') | replace('h', '[0-9A-Fa-f]{1,4}') }})$
{%- endmacro %}

{#- Whether a text matches an expression that needs no backslash, from its begin to its end. -#}
{% macro matches(text, expression) -%} {{ adapter.dispatch('matches', 'edr')(text, expression) }} {%- endmacro %}
{% macro default__matches(text, expression) -%} {{ text }} ~ '{{ expression }}' {%- endmacro %}
{% macro duckdb__matches(text, expression) -%} regexp_matches({{ text }}, '{{ expression }}') {%- endmacro %}
{% macro snowflake__matches(text, expression) -%} regexp_like({{ text }}, '{{ expression }}') {%- endmacro %}
{% macro bigquery__matches(text, expression) -%} regexp_contains({{ text }}, r'{{ expression }}') {%- endmacro %}
{% macro databricks__matches(text, expression) -%} {{ text }} rlike '{{ expression }}' {%- endmacro %}
