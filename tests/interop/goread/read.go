package main

import (
	"context"
	"os"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/iceberg-go/io"
	"github.com/apache/iceberg-go/table"
)

func local(context.Context) (io.IO, error) { return io.LocalFS{}, nil }

func read(arguments []string) error {
	ctx := context.Background()
	loaded, err := table.NewFromLocation(ctx, table.Identifier{"t"}, arguments[0], local, nil)
	if err != nil {
		return err
	}
	var options []table.ScanOption
	if len(arguments) > 1 {
		id, err := strconv.ParseInt(arguments[1], 10, 64)
		if err != nil {
			return err
		}
		options = append(options, table.WithSnapshotID(id))
	}
	return printRows(ctx, loaded, options...)
}

func printRows(ctx context.Context, loaded *table.Table, options ...table.ScanOption) error {
	schema, batches, err := loaded.Scan(options...).ToArrowRecords(ctx)
	if err != nil {
		return err
	}
	writer := ipc.NewWriter(os.Stdout, ipc.WithSchema(schema))
	for batch, err := range batches {
		if err != nil {
			return err
		}
		if err := writer.Write(batch); err != nil {
			return err
		}
	}
	return writer.Close()
}
