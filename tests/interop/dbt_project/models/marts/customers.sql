with orders as (
    select customer_id, count(*) as orders, sum(amount) as amount, max(ordered_on) as last_order
    from {{ ref('stg_orders') }} group by 1
)
select c.customer_id, c.customer_name, c.country, coalesce(o.orders, 0) as orders, o.amount, o.last_order
from {{ ref('stg_customers') }} c
left join orders o on o.customer_id = c.customer_id
