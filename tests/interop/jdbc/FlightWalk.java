import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;

/** What a JDBC tool does with a new server: a walk through the metadata, queries, an update, an error. */
public final class FlightWalk {
    private FlightWalk() {}

    private static void print(String what, ResultSet rows) throws SQLException {
        ResultSetMetaData columns = rows.getMetaData();
        int shown = Math.min(columns.getColumnCount(), 6);
        while (rows.next()) {
            StringBuilder line = new StringBuilder(what);
            for (int i = 1; i <= shown; ++i) {
                line.append('|').append(rows.getObject(i));
            }
            System.out.println(line);
        }
        rows.close();
    }

    private static void walk(DatabaseMetaData metadata) throws SQLException {
        System.out.println("product|" + metadata.getDatabaseProductName());
        System.out.println("quote|" + metadata.getIdentifierQuoteString());
        System.out.println("transactions|" + metadata.supportsTransactions());
        print("catalog", metadata.getCatalogs());
        print("schema", metadata.getSchemas());
        print("types", metadata.getTableTypes());
        print("table", metadata.getTables(null, "sales", "%", null));
        print("column", metadata.getColumns(null, "sales", "orders", "%"));
        print("key", metadata.getPrimaryKeys(null, "sales", "orders"));
        print("info", metadata.getTypeInfo());
    }

    public static void main(String[] arguments) throws SQLException {
        try (Connection connection = DriverManager.getConnection(arguments[0]);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE SCHEMA sales");
            statement.execute("CREATE TABLE sales.orders (id BIGINT, item VARCHAR, price DECIMAL(9, 2), at TIMESTAMP)");
            int changed = statement.executeUpdate("INSERT INTO sales.orders VALUES"
                    + " (1, 'tea', 2.50, TIMESTAMP '2024-02-29 12:30:00'), (2, NULL, NULL, NULL)");
            System.out.println("changed|" + changed);
            walk(connection.getMetaData());
            print("row", statement.executeQuery("SELECT * FROM sales.orders ORDER BY id"));
            try (PreparedStatement prepared = connection.prepareStatement("SELECT id FROM sales.orders WHERE item = ?")) {
                prepared.setString(1, "tea");
                print("prepared", prepared.executeQuery());
            }
            try {
                statement.executeQuery("SELECT * FROM sales.nothing");
            } catch (SQLException e) {
                System.out.println("error|" + e.getMessage().contains("nothing"));
            }
        }
    }
}
