import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import java.util.StringJoiner;

/**
 * What JDBC's DatabaseMetaData answers, as text: for each call its name, the columns with their types, and the rows.
 * Arguments: the URL, the catalog and the schema that are walked.
 */
public final class MetadataWalk {
    private MetadataWalk() {}

    private interface Call {
        ResultSet run() throws SQLException;
    }

    public static void main(String[] arguments) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", "java");
        try (Connection connection = DriverManager.getConnection(arguments[0], properties)) {
            server(connection.getMetaData());
            names(connection.getMetaData(), arguments[1], arguments[2]);
            columns(connection.getMetaData(), arguments[1], arguments[2]);
            empty(connection.getMetaData(), arguments[1], arguments[2]);
            describe(connection);
        }
    }

    private static void server(DatabaseMetaData meta) throws SQLException {
        System.out.println("## server");
        System.out.println(meta.getDatabaseProductName() + "|" + meta.getDatabaseProductVersion() + "|" + meta.getUserName()
                + "|" + meta.getIdentifierQuoteString() + "|" + meta.supportsBatchUpdates() + "|" + meta.isReadOnly());
    }

    private static void names(DatabaseMetaData meta, String catalog, String schema) {
        print("catalogs", meta::getCatalogs);
        print("schemas", meta::getSchemas);
        print("schemas of catalog", () -> meta.getSchemas(catalog, null));
        print("schemas by pattern", () -> meta.getSchemas(catalog, schema.substring(0, 2) + "%"));
        print("schemas by escaped pattern", () -> meta.getSchemas(catalog, "s\\_%"));
        print("tables", () -> meta.getTables(catalog, schema, "%", null));
        print("tables only", () -> meta.getTables(catalog, schema, null, new String[] {"TABLE"}));
        print("views only", () -> meta.getTables(catalog, schema, null, new String[] {"VIEW"}));
        print("tables by pattern", () -> meta.getTables(catalog, schema, "o_ders", new String[] {"TABLE", "VIEW"}));
        print("tables of no type", () -> meta.getTables(catalog, schema, null, new String[] {"SYSTEM TABLE"}));
        print("tables of information_schema", () -> meta.getTables(catalog, "information_schema", null, null));
        print("tables of no catalog", () -> meta.getTables("", schema, null, null));
        print("table types", meta::getTableTypes);
    }

    private static void columns(DatabaseMetaData meta, String catalog, String schema) {
        print("columns", () -> meta.getColumns(catalog, schema, "all\\_types", null));
        print("columns by pattern", () -> meta.getColumns(catalog, schema, "%", "i%"));
        print("columns of a view", () -> meta.getColumns(catalog, schema, "big\\_orders", "%"));
        print("type info", meta::getTypeInfo);
    }

    private static void empty(DatabaseMetaData meta, String catalog, String schema) {
        print("primary keys", () -> meta.getPrimaryKeys(catalog, schema, "orders"));
        print("imported keys", () -> meta.getImportedKeys(catalog, schema, "orders"));
        print("exported keys", () -> meta.getExportedKeys(catalog, schema, "orders"));
        print("cross reference", () -> meta.getCrossReference(catalog, schema, "orders", catalog, schema, "orders"));
        print("best row", () -> meta.getBestRowIdentifier(catalog, schema, "orders", 0, true));
        print("version columns", () -> meta.getVersionColumns(catalog, schema, "orders"));
        print("index info", () -> meta.getIndexInfo(catalog, schema, "orders", false, true));
        print("procedures", () -> meta.getProcedures(catalog, schema, "%"));
        print("procedure columns", () -> meta.getProcedureColumns(catalog, schema, "%", "%"));
        print("functions", () -> meta.getFunctions(catalog, schema, "%"));
        print("function columns", () -> meta.getFunctionColumns(catalog, schema, "%", "%"));
        print("udts", () -> meta.getUDTs(catalog, schema, "%", null));
        print("super types", () -> meta.getSuperTypes(catalog, schema, "%"));
        print("super tables", () -> meta.getSuperTables(catalog, schema, "%"));
        print("attributes", () -> meta.getAttributes(catalog, schema, "%", "%"));
        print("pseudo columns", () -> meta.getPseudoColumns(catalog, schema, "%", "%"));
        print("table privileges", () -> meta.getTablePrivileges(catalog, schema, "%"));
        print("column privileges", () -> meta.getColumnPrivileges(catalog, schema, "orders", "%"));
        print("client info", meta::getClientInfoProperties);
    }

    /** What a prepared statement says of itself, with an array, a row and a moment among its columns. */
    private static void describe(Connection connection) {
        System.out.println("## prepared");
        String text = "SELECT id + ? AS a, cast(row(1, 'x') AS row(n integer, t varchar)) AS r, array[1] AS l, current_date AS d "
                + "FROM orders WHERE id > ?";
        try (PreparedStatement prepared = connection.prepareStatement(text)) {
            ParameterMetaData parameters = prepared.getParameterMetaData();
            System.out.println(parameters.getParameterCount() + " parameters");
            System.out.println(heading(prepared.getMetaData()));
        } catch (SQLException error) {
            System.out.println("error " + error.getErrorCode());
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute("USE " + connection.getCatalog() + ".information_schema");
            System.out.println("schema " + connection.getSchema());
        } catch (SQLException error) {
            System.out.println("error " + error.getErrorCode());
        }
    }

    private static String heading(ResultSetMetaData meta) throws SQLException {
        StringJoiner heading = new StringJoiner("|");
        for (int i = 1; i <= meta.getColumnCount(); i++) {
            heading.add(meta.getColumnLabel(i) + ":" + meta.getColumnTypeName(i) + ":" + meta.getColumnType(i));
        }
        return heading.toString();
    }

    private static void print(String name, Call call) {
        System.out.println("## " + name);
        try (ResultSet rows = call.run()) {
            System.out.println(heading(rows.getMetaData()));
            while (rows.next()) {
                StringJoiner row = new StringJoiner("|");
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    row.add(String.valueOf(rows.getObject(i)));
                }
                System.out.println(row);
            }
        } catch (SQLException error) {
            System.out.println("error " + error.getClass().getSimpleName() + " " + error.getMessage().lines().findFirst().orElse(""));
        }
    }
}
