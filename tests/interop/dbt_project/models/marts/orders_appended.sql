{{ config(materialized='incremental', incremental_strategy='append') }}
select order_id, {% if is_incremental() %}'again'{% else %}'first'{% endif %} as run from {{ ref('stg_orders') }}
