{{ config(materialized='incremental', incremental_strategy='merge', unique_key='order_id') }}
select order_id, status, amount, {% if is_incremental() %}'again'{% else %}'first'{% endif %} as run
from {{ ref('stg_orders') }}
{% if is_incremental() %}
where order_id >= (select max(order_id) - 1 from {{ this }})
{% endif %}
