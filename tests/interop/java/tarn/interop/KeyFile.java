package tarn.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.apache.iceberg.encryption.KeyManagementClient;

/** Tarn's key file for Iceberg's Java library; catalog property `key-file` is its path. */
public class KeyFile implements KeyManagementClient {
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  private final Map<String, byte[]> keys = new HashMap<>();

  @Override
  public void initialize(Map<String, String> properties) {
    try {
      for (String line : Files.readAllLines(Path.of(properties.get("key-file")))) {
        String[] words = line.strip().split("\\s+");
        if (words.length == 2 && !words[0].startsWith("#")) {
          keys.put(words[0], HexFormat.of().parseHex(words[1]));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A nonce, the encrypted key and its tag: AES-GCM without additional data. */
  @Override
  public ByteBuffer wrapKey(ByteBuffer key, String wrappingKeyId) {
    byte[] nonce = new byte[NONCE_BYTES];
    new SecureRandom().nextBytes(nonce);
    byte[] sealed = run(Cipher.ENCRYPT_MODE, wrappingKeyId, nonce, bytes(key));
    return ByteBuffer.allocate(NONCE_BYTES + sealed.length).put(nonce).put(sealed).flip();
  }

  @Override
  public ByteBuffer unwrapKey(ByteBuffer wrappedKey, String wrappingKeyId) {
    ByteBuffer rest = wrappedKey.duplicate();
    byte[] nonce = new byte[NONCE_BYTES];
    rest.get(nonce);
    return ByteBuffer.wrap(run(Cipher.DECRYPT_MODE, wrappingKeyId, nonce, bytes(rest)));
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] copy = new byte[buffer.remaining()];
    buffer.duplicate().get(copy);
    return copy;
  }

  private byte[] run(int mode, String id, byte[] nonce, byte[] input) {
    byte[] key = keys.get(id);
    if (key == null) {
      throw new IllegalArgumentException("no key " + id + " in the key file");
    }
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
      return cipher.doFinal(input);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("key " + id + " does not fit", e);
    }
  }
}
