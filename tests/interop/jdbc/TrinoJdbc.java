import java.sql.Connection;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/** What a program does with Trino's JDBC driver; prints a line for each part. Arguments: the URL. */
public final class TrinoJdbc {
    private TrinoJdbc() {}

    public static void main(String[] arguments) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", "java");
        properties.setProperty("validateConnection", "true");
        try (Connection connection = DriverManager.getConnection(arguments[0], properties);
                Statement statement = connection.createStatement()) {
            System.out.println("valid " + connection.isValid(10));
            values(statement);
            changes(statement);
            parameters(connection);
            manyRows(statement);
            transaction(connection, statement);
            errors(statement);
        }
    }

    private static void values(Statement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery("SELECT 1 AS a, 'x' AS b, DATE '2024-02-29' AS d, CAST(NULL AS bigint) AS n")) {
            rows.next();
            System.out.println("values " + rows.getInt("a") + " " + rows.getString("b") + " " + rows.getDate("d") + " "
                    + rows.getObject("n") + " " + rows.getMetaData().getColumnTypeName(1) + " "
                    + rows.getMetaData().getColumnTypeName(3));
        }
    }

    private static void changes(Statement statement) throws SQLException {
        boolean hasRows = statement.execute("CREATE TABLE j (id bigint, name varchar)");
        int inserted = statement.executeUpdate("INSERT INTO j VALUES (1, 'a'), (2, 'b')");
        System.out.println("changes " + hasRows + " " + inserted);
    }

    private static void parameters(Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("SELECT id + ?, name FROM j WHERE name = ? AND ? < DATE '2030-01-01'")) {
            query.setLong(1, -10);
            query.setString(2, "b");
            query.setDate(3, Date.valueOf("2024-02-29"));
            try (ResultSet rows = query.executeQuery()) {
                rows.next();
                System.out.println("parameters " + rows.getLong(1) + " " + rows.getString(2) + " " + rows.next());
            }
        }
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO j VALUES (?, ?)")) {
            for (int i = 10; i < 13; i++) {
                insert.setLong(1, i);
                insert.setString(2, "it's " + i);
                insert.addBatch();
            }
            System.out.println("batch " + insert.executeBatch().length);
        }
    }

    private static void manyRows(Statement statement) throws SQLException {
        long sum = 0;
        long count = 0;
        try (ResultSet rows = statement.executeQuery("SELECT a.id * b.id FROM big a, big b")) {
            while (rows.next()) {
                sum += rows.getLong(1);
                count++;
            }
        }
        System.out.println("rows " + count + " " + sum);
    }

    private static void transaction(Connection connection, Statement statement) throws SQLException {
        connection.setAutoCommit(false);
        statement.executeUpdate("INSERT INTO j VALUES (99, 'gone')");
        connection.rollback();
        statement.executeUpdate("INSERT INTO j VALUES (100, 'stays')");
        connection.commit();
        connection.setAutoCommit(true);
        try (ResultSet rows = statement.executeQuery("SELECT count(*), max(id) FROM j")) {
            rows.next();
            System.out.println("transaction " + rows.getLong(1) + " " + rows.getLong(2));
        }
    }

    private static void errors(Statement statement) {
        for (String text : new String[] {"SELECT * FROM nosuch", "SELEC 1"}) {
            try {
                statement.executeQuery(text);
                System.out.println("error none");
            } catch (SQLException error) {
                System.out.println("error " + error.getErrorCode());
            }
        }
    }
}
