package main

import (
	"context"
	"errors"
	goio "io"
	"strings"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/catalog"
	"github.com/apache/iceberg-go/catalog/rest"
	_ "github.com/apache/iceberg-go/io/gocloud/s3"
	"github.com/apache/iceberg-go/table"
)

// A table of a REST catalog.
type served struct {
	*rest.Catalog
	name table.Identifier
}

func (s *served) identifier() table.Identifier { return s.name }

func (s *served) create(schema *iceberg.Schema, properties iceberg.Properties) error {
	ctx := context.Background()
	err := s.CreateNamespace(ctx, s.name[:len(s.name)-1], nil)
	if err != nil && !errors.Is(err, catalog.ErrNamespaceAlreadyExists) {
		return err
	}
	_, err = s.CreateTable(ctx, s.name, schema, catalog.WithProperties(properties))
	return err
}

func open(ctx context.Context, uri, delegation, name string) (*served, error) {
	opened, err := rest.NewCatalog(ctx, "tarn", uri,
		rest.WithHeaders(map[string]string{"X-Iceberg-Access-Delegation": delegation}))
	if err != nil {
		return nil, err
	}
	return &served{Catalog: opened, name: strings.Split(name, ".")}, nil
}

// Runs the steps on a table and gives its rows after them.
func through(uri, delegation, planning, name string, steps goio.Reader) error {
	ctx := context.Background()
	catalog, err := open(ctx, uri, delegation, name)
	if err != nil {
		return err
	}
	defer catalog.Close()
	if err := runSteps(ctx, catalog, steps); err != nil {
		return err
	}
	loaded, err := catalog.LoadTable(ctx, catalog.name)
	if err != nil {
		return err
	}
	return printRows(ctx, loaded, table.WithScanPlanningMode(table.ScanPlanningMode(planning)))
}
