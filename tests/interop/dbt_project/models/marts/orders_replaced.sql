{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key=['customer_id', 'ordered_on']) }}
select customer_id, ordered_on, count(*) as orders, {% if is_incremental() %}'again'{% else %}'first'{% endif %} as run
from {{ ref('stg_orders') }}
{% if is_incremental() %}
where ordered_on >= date '2024-01-03'
{% endif %}
group by customer_id, ordered_on
