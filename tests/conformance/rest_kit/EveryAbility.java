package org.apache.iceberg.rest;

import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.junit.jupiter.api.BeforeEach;

/**
 * The kit's tests for a server that can do all that the kit asks about: nested namespaces, namespaces that have to be
 * made first, dots and slashes in names. Only the namespace without a name stays out: the Java client never asks a
 * server for it. Every test begins with an empty warehouse.
 */
public final class EveryAbility {
  private EveryAbility() {}

  public static class Tables extends RESTCompatibilityKitCatalogTests {
    @BeforeEach
    void clear() {
      clearBelow(catalog(), Namespace.empty());
    }

    @Override
    protected boolean supportsNestedNamespaces() {
      return true;
    }

    @Override
    protected boolean requiresNamespaceCreate() {
      return true;
    }

    @Override
    protected boolean supportsNamesWithDot() {
      return true;
    }

    @Override
    protected boolean supportsNamesWithSlashes() {
      return true;
    }
  }

  public static class Views extends RESTCompatibilityKitViewCatalogTests {
    @BeforeEach
    void clear() {
      clearBelow(catalog(), Namespace.empty());
    }
  }

  private static void clearBelow(RESTCatalog catalog, Namespace parent) {
    for (Namespace child : catalog.listNamespaces(parent)) {
      clearBelow(catalog, child);
      catalog.listTables(child).forEach(table -> catalog.dropTable(table, false));
      catalog.listViews(child).forEach(catalog::dropView);
      try {
        catalog.dropNamespace(child);
      } catch (NoSuchNamespaceException emptied) {
        // a namespace that only its content made is gone with it
      }
    }
  }
}
