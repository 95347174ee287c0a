CREATE TABLE iceberg.s.t (id bigint NOT NULL, r row(a int, b array(map(varchar, decimal(9,2))))) WITH (partitioning = ARRAY['day(ts)'])
