with source as (select * from {{ ref('raw_orders') }})
select id as order_id, customer_id, amount, ordered_at, cast(ordered_at as date) as ordered_on, status from source
