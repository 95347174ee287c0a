import io.trino.jdbc.TrinoDriver;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Properties;

/** Signs in where Trino's JDBC driver says, which is printed, and prints who that is. Arguments: the URL, the user. */
public final class TrinoExternalSignIn {
    private TrinoExternalSignIn() {}

    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        properties.setProperty("user", arguments[1]);
        properties.setProperty("externalAuthentication", "true");
        properties.setProperty("externalAuthenticationTimeout", "60s");
        properties.setProperty("externalAuthenticationRedirectHandlers", "PRINT");
        properties.setProperty("externalAuthenticationTokenCache", "NONE");
        Driver driver = new TrinoDriver();
        try (Connection connection = driver.connect(arguments[0], properties);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT current_user")) {
            rows.next();
            System.out.println(rows.getString(1));
        }
    }
}
