package tarn.interop;

import java.util.List;
import java.util.Map;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.encryption.EncryptedKey;
import org.apache.iceberg.encryption.EncryptingFileIO;
import org.apache.iceberg.encryption.EncryptionManager;
import org.apache.iceberg.encryption.EncryptionUtil;
import org.apache.iceberg.encryption.KeyManagementClient;
import org.apache.iceberg.encryption.PlaintextEncryptionManager;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;
import org.apache.iceberg.jdbc.JdbcCatalog;

/**
 * The JDBC catalog with table encryption. Iceberg 1.12 connects its encryption to the Hive catalog
 * only; all that encrypts and decrypts here is Iceberg's own.
 */
public class EncryptingCatalog extends JdbcCatalog {
  private KeyManagementClient keys;

  @Override
  public void initialize(String name, Map<String, String> properties) {
    super.initialize(name, properties);
    keys = EncryptionUtil.createKmsClient(properties);
  }

  @Override
  protected TableOperations newTableOps(TableIdentifier identifier) {
    return new Operations(super.newTableOps(identifier));
  }

  private class Operations implements TableOperations {
    private final TableOperations inner;
    private EncryptionManager encryption;
    /** What `encryption` is for; a new table's is known with its first commit. */
    private TableMetadata encrypted;

    Operations(TableOperations inner) {
      this.inner = inner;
    }

    private Operations(TableOperations inner, TableMetadata uncommitted) {
      this.inner = inner;
      use(uncommitted);
    }

    private void use(TableMetadata metadata) {
      if (metadata == encrypted && encryption != null) {
        return;
      }
      encrypted = metadata;
      boolean clear = metadata == null || !metadata.properties().containsKey("encryption.key-id");
      List<EncryptedKey> known = clear ? List.of() : metadata.encryptionKeys();
      encryption =
          clear
              ? PlaintextEncryptionManager.instance()
              : EncryptionUtil.createEncryptionManager(known, metadata.properties(), keys);
    }

    @Override
    public TableMetadata current() {
      return inner.current();
    }

    @Override
    public TableMetadata refresh() {
      return inner.refresh();
    }

    @Override
    public void commit(TableMetadata base, TableMetadata metadata) {
      TableMetadata.Builder builder = TableMetadata.buildFrom(metadata);
      if (encryption != null && !(encryption instanceof PlaintextEncryptionManager)) {
        EncryptionUtil.encryptionKeys(encryption).values().forEach(builder::addEncryptionKey);
      }
      TableMetadata withKeys = builder.build();
      inner.commit(base, withKeys.changes().isEmpty() ? metadata : withKeys);
    }

    @Override
    public EncryptionManager encryption() {
      // The manager keeps the keys that it made for lists that are not committed yet.
      TableMetadata head = inner.current();
      use(head == null ? encrypted : head);
      return encryption;
    }

    @Override
    public FileIO io() {
      return EncryptingFileIO.combine(inner.io(), encryption());
    }

    @Override
    public TableOperations temp(TableMetadata uncommitted) {
      return new Operations(inner.temp(uncommitted), uncommitted);
    }

    @Override
    public String metadataFileLocation(String fileName) {
      return inner.metadataFileLocation(fileName);
    }

    @Override
    public LocationProvider locationProvider() {
      return inner.locationProvider();
    }

    @Override
    public long newSnapshotId() {
      return inner.newSnapshotId();
    }

    @Override
    public boolean requireStrictCleanup() {
      return inner.requireStrictCleanup();
    }
  }
}
