package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	goio "io"
	"os"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"
)

// One change of the table, and one commit.
type step struct {
	Do         string             `json:"do"`
	Schema     json.RawMessage    `json:"schema"`     // create
	Properties iceberg.Properties `json:"properties"` // create
	Rows       string             `json:"rows"`       // append, delete-equal: a file with an Arrow stream
	Branch     string             `json:"branch"`     // append; main if empty
	Column     string             `json:"column"`     // delete, delete-equal
	Values     []int64            `json:"values"`     // delete: rows whose column is one of them
	Changes    []change           `json:"changes"`    // evolve, repartition
	Name       string             `json:"name"`       // branch, tag: made at the head of main
}

// A change of the schema (add, drop, rename, retype) or of the partitioning (add, drop).
type change struct {
	Do        string              `json:"do"`
	Path      []string            `json:"path"`
	To        string              `json:"to"`    // rename
	Field     iceberg.NestedField `json:"field"` // add, retype: only its type counts
	Transform string              `json:"transform"`
	Name      string              `json:"name"` // of a partition field
}

// Where a table is made and changed.
type place interface {
	identifier() table.Identifier
	create(schema *iceberg.Schema, properties iceberg.Properties) error
	LoadTable(ctx context.Context, name table.Identifier) (*table.Table, error)
	CommitTable(ctx context.Context, name table.Identifier, requirements []table.Requirement,
		updates []table.Update) (table.Metadata, string, error)
}

func write(location string, steps goio.Reader) error {
	catalog := &folder{location: location}
	if err := runSteps(context.Background(), catalog, steps); err != nil {
		return err
	}
	_, err := fmt.Println(catalog.head)
	return err
}

func runSteps(ctx context.Context, catalog place, steps goio.Reader) error {
	lines := bufio.NewScanner(steps)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var s step
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			return err
		}
		if err := s.run(ctx, catalog); err != nil {
			return fmt.Errorf("%s: %w", s.Do, err)
		}
	}
	return lines.Err()
}

func (s *step) run(ctx context.Context, catalog place) error {
	if s.Do == "create" {
		var schema iceberg.Schema
		if err := json.Unmarshal(s.Schema, &schema); err != nil {
			return err
		}
		return catalog.create(&schema, s.Properties)
	}
	loaded, err := catalog.LoadTable(ctx, catalog.identifier())
	if err != nil {
		return err
	}
	if s.Do == "branch" || s.Do == "tag" {
		update := table.NewSetSnapshotRefUpdate(s.Name, loaded.CurrentSnapshot().SnapshotID, table.RefType(s.Do), 0, 0, 0)
		_, _, err := catalog.CommitTable(ctx, loaded.Identifier(), nil, []table.Update{update})
		return err
	}
	transaction := loaded.NewTransaction()
	if s.Branch != "" {
		transaction = loaded.NewTransactionOnBranch(s.Branch)
	}
	switch s.Do {
	case "append":
		err = s.withRows(func(rows *ipc.Reader) error { return transaction.Append(ctx, rows, nil) })
	case "delete":
		err = transaction.Delete(ctx, iceberg.IsIn(iceberg.Reference(s.Column), s.Values...), nil)
	case "delete-equal":
		err = s.deleteEqual(ctx, loaded, transaction)
	case "evolve":
		err = s.evolve(transaction)
	case "repartition":
		err = s.repartition(transaction)
	default:
		err = fmt.Errorf("no such step")
	}
	if err != nil {
		return err
	}
	_, err = transaction.Commit(ctx)
	return err
}

func (s *step) withRows(use func(*ipc.Reader) error) error {
	file, err := os.Open(s.Rows)
	if err != nil {
		return err
	}
	defer file.Close()
	rows, err := ipc.NewReader(file)
	if err != nil {
		return err
	}
	defer rows.Release()
	return use(rows)
}

func (s *step) deleteEqual(ctx context.Context, loaded *table.Table, transaction *table.Transaction) error {
	field, found := loaded.Schema().FindFieldByName(s.Column)
	if !found {
		return fmt.Errorf("no column %s", s.Column)
	}
	return s.withRows(func(rows *ipc.Reader) error {
		return transaction.CommitEqualityDeletes(ctx, []int{field.ID}, array.IterFromReader(rows), nil)
	})
}

func (s *step) evolve(transaction *table.Transaction) error {
	update := transaction.UpdateSchema(true, false)
	for _, c := range s.Changes {
		switch c.Do {
		case "add":
			update.AddColumn(c.Path, c.Field.Type, "", false, nil)
		case "drop":
			update.DeleteColumn(c.Path)
		case "rename":
			update.RenameColumn(c.Path, c.To)
		case "retype":
			update.UpdateColumn(c.Path, table.ColumnUpdate{FieldType: iceberg.Optional[iceberg.Type]{Val: c.Field.Type, Valid: true}})
		default:
			return fmt.Errorf("no such change: %s", c.Do)
		}
	}
	return update.Commit()
}

func (s *step) repartition(transaction *table.Transaction) error {
	update := transaction.UpdateSpec(true)
	for _, c := range s.Changes {
		switch c.Do {
		case "add":
			transform, err := iceberg.ParseTransform(c.Transform)
			if err != nil {
				return err
			}
			update.AddField(c.Path[0], transform, c.Name)
		case "drop":
			update.RemoveField(c.Name)
		default:
			return fmt.Errorf("no such change: %s", c.Do)
		}
	}
	return update.Commit()
}
