{#- A staging model: a raw table, typed and renamed, from every schema that holds it.

    `columns` are [name, type, the vendor's name, another spelling...].
    A table or a column that is not there becomes typed nulls, so that a user may sync less. -#}
{% macro staging(product, stream, columns) %}
  {%- set raw_tables = raw_tables(product, source(product, stream)) -%}
  {%- for raw in raw_tables %}
select
    {{ tenant_of(raw) }} as tenant,
    {%- for column in columns %}
    {{ staged_column(raw, column) }} as {{ column[0] }},
    {%- endfor %}
    {{ staged_column(raw, ['', 'timestamp', '_sdc_extracted_at']) }} as loaded_at,
    {{ staged_column(raw, ['', 'timestamp', '_sdc_deleted_at']) }} as deleted_at
from {{ raw.relation }}
    {%- if not loop.last %}
union all
    {%- endif %}
  {%- else %}
select
    {{ null_of('string') }} as tenant,
    {%- for column in columns %}
    {{ null_of(column[1]) }} as {{ column[0] }},
    {%- endfor %}
    {{ null_of('timestamp') }} as loaded_at,
    {{ null_of('timestamp') }} as deleted_at
from (select 1 as nothing) as no_table
where 1 = 0
  {%- endfor %}
{%- endmacro %}


{#- The tables of a source that are there, one for each configured schema: their relation, the
    tenant of the configuration, and their columns by lower-case name.

    Without a connection (`dbt compile --no-introspect`) all of them count as there, with the
    columns that the tap's schema names. -#}
{% macro raw_tables(product, declared) %}
  {%- set found = [] -%}
  {%- if execute and var('using_' ~ product ~ '_' ~ declared.identifier, true) -%}
    {%- for entry in var(product ~ '_sources') -%}
      {%- if flags.INTROSPECT -%}
        {%- set relation = adapter.get_relation(
            database=entry.get('database', declared.database),
            schema=entry['schema'],
            identifier=declared.identifier,
        ) -%}
        {%- if relation -%}
          {%- set columns = {} -%}
          {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- do columns.update({column.name | lower: column}) -%}
          {%- endfor -%}
          {%- do found.append(
              {'relation': relation, 'tenant': entry.get('tenant'), 'columns': columns}
          ) -%}
        {%- endif -%}
      {%- else -%}
        {%- do found.append({
            'relation': declared.incorporate(path={'schema': entry['schema']}),
            'tenant': entry.get('tenant'),
        }) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(found) }}
{% endmacro %}


{#- The tenant of a row: the tap's label, else that of the configuration, else `default`. -#}
{% macro tenant_of(raw) -%}
  coalesce(
    {{- staged_column(raw, ['', 'string', '_tenant']) }}, '{{ raw.tenant or 'default' }}')
{%- endmacro %}


{#- One column of a raw table, cast; typed null where the table has none of the given names. -#}
{% macro staged_column(raw, column) -%}
  {%- set kind = column[1] -%}
  {%- set casts = [] -%}
  {%- for name in column[2:] -%}
    {%- if raw.columns is not defined -%}
      {%- do casts.append(cast_column(adapter.quote(name), '', kind)) -%}
    {%- elif raw.columns.get(name | lower) -%}
      {%- set found = raw.columns[name | lower] -%}
      {%- do casts.append(cast_column(adapter.quote(found.name), found.data_type | upper, kind)) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if not casts -%} {{ null_of(kind) }}
  {%- elif casts | length == 1 -%} {{ casts[0] }}
  {%- else -%} coalesce({{ casts | join(', ') }})
  {%- endif -%}
{%- endmacro %}


{#- A column of a raw table in its staging type, whatever the loader made of it. -#}
{% macro cast_column(column, data_type, kind) -%}
  {%- if kind == 'json' -%} {{ column_as_json(column, data_type) }}
  {%- elif kind == 'timestamp' -%} {{ column_as_utc(column, data_type) }}
  {%- else -%} cast({{ column }} as {{ type_of(kind) }})
  {%- endif -%}
{%- endmacro %}


{#- How many rows of each stream there are, how many of them arrived or changed lately, and the
    newest times in them. -#}
{% macro loaded_streams(streams) %}
  {%- for product, stream, newest, model in streams %}
select
    tenant,
    '{{ product }}' as product,
    '{{ stream }}' as stream,
    count(*) as row_count,
    max({{ newest or null_of('timestamp') }}) as newest_record_at,
    max(loaded_at) as loaded_at,
    {{ count_if('loaded_at >= ' ~ days_before(as_of(), 7)) }} as loaded_7_days,
    {{ count_if('loaded_at >= ' ~ days_before(as_of(), 14) ~ ' and loaded_at < '
      ~ days_before(as_of(), 7)) }} as loaded_7_days_before,
    sum(case when deleted_at is not null then 1 else 0 end) as deleted_row_count
from {{ model }}
group by tenant
    {%- if not loop.last %}
union all
    {%- endif %}
  {%- endfor %}
{%- endmacro %}
