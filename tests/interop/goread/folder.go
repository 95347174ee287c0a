package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/io"
	"github.com/apache/iceberg-go/table"
	"github.com/google/uuid"
)

// A catalog of one table and one writer: metadata files in a folder, the last one is the head.
type folder struct {
	location string
	head     string // its metadata file
	version  int
}

func (f *folder) store(metadata table.Metadata) error {
	text, err := json.Marshal(metadata)
	if err != nil {
		return err
	}
	head := fmt.Sprintf("%s/metadata/%05d-%s.metadata.json", f.location, f.version, uuid.NewString())
	if err := (io.LocalFS{}).WriteFile(head, text); err != nil {
		return err
	}
	f.head = head
	f.version++
	return nil
}

func (f *folder) identifier() table.Identifier { return table.Identifier{"t"} }

func (f *folder) create(schema *iceberg.Schema, properties iceberg.Properties) error {
	metadata, err := table.NewMetadata(schema, iceberg.UnpartitionedSpec, table.UnsortedSortOrder, f.location, properties)
	if err != nil {
		return err
	}
	return f.store(metadata)
}

func (f *folder) LoadTable(ctx context.Context, name table.Identifier) (*table.Table, error) {
	return table.NewFromLocation(ctx, name, f.head, local, f)
}

func (f *folder) CommitTable(ctx context.Context, name table.Identifier, requirements []table.Requirement,
	updates []table.Update) (table.Metadata, string, error) {
	current, err := f.LoadTable(ctx, name)
	if err != nil {
		return nil, "", err
	}
	for _, requirement := range requirements {
		if err := requirement.Validate(current.Metadata()); err != nil {
			return nil, "", err
		}
	}
	metadata, err := table.UpdateTableMetadata(current.Metadata(), updates, f.head)
	if err != nil {
		return nil, "", err
	}
	return metadata, f.head, f.store(metadata)
}
