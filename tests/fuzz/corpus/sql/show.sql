SHOW TABLES FROM iceberg."a""b" LIKE 'x' -- c
