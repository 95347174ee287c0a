package main

import (
	"context"
	"os"
	"testing"

	"github.com/apache/iceberg-go/catalog"
	"github.com/apache/iceberg-go/catalog/catalogtest"
	"github.com/apache/iceberg-go/catalog/rest"
)

// iceberg-go's own suite for catalogs, with what its conformance test of REST catalogs asks for, on the catalog that
// TARN_CATALOG_URI names.
func TestRestCatalogConformance(t *testing.T) {
	catalogtest.RunCatalogTests(t, catalogtest.Config{
		SupportsNamespaceProperties: true,
		NewCatalog: func(t *testing.T) catalog.Catalog {
			opened, err := rest.NewCatalog(context.Background(), "tarn", os.Getenv("TARN_CATALOG_URI"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { opened.Close() })
			return opened
		},
	})
}
