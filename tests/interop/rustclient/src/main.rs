//! iceberg-rust for the interop tests, on a table of a REST catalog.
//!
//!     rustclient URI DELEGATION NAMESPACE.TABLE STEP…
//!
//! Steps, of which each is a commit: `create`, `append=FIRST,COUNT` (rows with ids from FIRST, names n0, n1, … and, where
//! there is such a column, the note "rust"), `add=COLUMN` (a text), `drop=COLUMN`, `set=KEY,VALUE` (a property). `rows`
//! prints the rows, their columns separated by tabs; `remove` drops the table.
use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_cast::display::array_value_to_string;
use futures::TryStreamExt;
use iceberg::arrow::schema_to_arrow_schema;
use iceberg::spec::{DataFileFormat, NestedField, PrimitiveType, Schema, Type};
use iceberg::table::Table;
use iceberg::transaction::{AddColumn, ApplyTransactionAction, Transaction};
use iceberg::writer::base_writer::data_file_writer::DataFileWriterBuilder;
use iceberg::writer::file_writer::ParquetWriterBuilder;
use iceberg::writer::file_writer::location_generator::{
    DefaultFileNameGenerator, DefaultLocationGenerator,
};
use iceberg::writer::file_writer::rolling_writer::RollingFileWriterBuilder;
use iceberg::writer::{IcebergWriter, IcebergWriterBuilder};
use iceberg::{Catalog, CatalogBuilder, TableCreation, TableIdent};
use iceberg_catalog_rest::{RestCatalog, RestCatalogBuilder};
use iceberg_storage_opendal::OpenDalResolvingStorageFactory;
use parquet::file::properties::WriterProperties;

type Outcome<T> = Result<T, Box<dyn Error>>;

async fn open(uri: &str, delegation: &str) -> Outcome<RestCatalog> {
    let properties = HashMap::from([
        ("uri".to_string(), uri.to_string()),
        (
            "header.x-iceberg-access-delegation".to_string(),
            delegation.to_string(),
        ),
    ]);
    Ok(RestCatalogBuilder::default()
        .with_storage_factory(Arc::new(OpenDalResolvingStorageFactory::new()))
        .load("tarn", properties)
        .await?)
}

async fn create(catalog: &RestCatalog, name: &TableIdent) -> Outcome<()> {
    if !catalog.namespace_exists(name.namespace()).await? {
        catalog
            .create_namespace(name.namespace(), HashMap::new())
            .await?;
    }
    let field = |id, name, kind| NestedField::optional(id, name, Type::Primitive(kind)).into();
    let schema = Schema::builder()
        .with_fields([
            field(1, "id", PrimitiveType::Long),
            field(2, "name", PrimitiveType::String),
        ])
        .build()?;
    let creation = TableCreation::builder()
        .name(name.name().to_string())
        .schema(schema)
        .build();
    catalog.create_table(name.namespace(), creation).await?;
    Ok(())
}

fn rows_from(table: &Table, first: i64, count: i64) -> Outcome<RecordBatch> {
    let schema = Arc::new(schema_to_arrow_schema(table.metadata().current_schema())?);
    let mut columns: Vec<ArrayRef> = Vec::new();
    for field in schema.fields() {
        let ids = first..first + count;
        columns.push(match field.name().as_str() {
            "id" => Arc::new(Int64Array::from_iter_values(ids)),
            "name" => Arc::new(StringArray::from_iter_values(ids.map(|id| format!("n{id}")))),
            _ => Arc::new(StringArray::from_iter_values(ids.map(|_| "rust"))),
        });
    }
    Ok(RecordBatch::try_new(schema, columns)?)
}

async fn append(catalog: &RestCatalog, table: &Table, first: i64, count: i64) -> Outcome<()> {
    let metadata = table.metadata();
    // Names of files must differ between commits.
    let names = DefaultFileNameGenerator::new(
        format!("rust-{first}"),
        Some(format!("{}", metadata.last_sequence_number())),
        DataFileFormat::Parquet,
    );
    let parquet =
        ParquetWriterBuilder::new(WriterProperties::default(), metadata.current_schema().clone());
    let files = RollingFileWriterBuilder::new_with_default_file_size(
        parquet,
        table.file_io().clone(),
        DefaultLocationGenerator::new(metadata)?,
        names,
    );
    let mut writer = DataFileWriterBuilder::new(files).build(None).await?;
    writer.write(rows_from(table, first, count)?).await?;
    let written = writer.close().await?;
    let transaction = Transaction::new(table);
    let action = transaction.fast_append().add_data_files(written);
    action.apply(transaction)?.commit(catalog).await?;
    Ok(())
}

async fn print_rows(table: &Table) -> Outcome<()> {
    let batches: Vec<RecordBatch> = table
        .scan()
        .select_all()
        .build()?
        .to_arrow()
        .await?
        .try_collect()
        .await?;
    for batch in &batches {
        for row in 0..batch.num_rows() {
            let values: Result<Vec<String>, _> = batch
                .columns()
                .iter()
                .map(|column| array_value_to_string(column, row))
                .collect();
            println!("{}", values?.join("\t"));
        }
    }
    Ok(())
}

async fn run(catalog: &RestCatalog, name: &TableIdent, step: &str) -> Outcome<()> {
    let (what, value) = step.split_once('=').unwrap_or((step, ""));
    if what == "create" {
        return create(catalog, name).await;
    }
    if what == "remove" {
        return Ok(catalog.drop_table(name).await?);
    }
    let table = catalog.load_table(name).await?;
    let transaction = Transaction::new(&table);
    let changed = match what {
        "rows" => return print_rows(&table).await,
        "append" => {
            let (first, count) = value.split_once(',').ok_or("append=FIRST,COUNT")?;
            return append(catalog, &table, first.parse()?, count.parse()?).await;
        }
        "add" => {
            let text = Type::Primitive(PrimitiveType::String);
            let action = transaction.update_schema();
            action
                .add_column(AddColumn::optional(value, text))
                .apply(transaction)?
        }
        "drop" => {
            let action = transaction.update_schema();
            action.delete_column(value).apply(transaction)?
        }
        "set" => {
            let (key, value) = value.split_once(',').ok_or("set=KEY,VALUE")?;
            let action = transaction.update_table_properties();
            action
                .set(key.to_string(), value.to_string())
                .apply(transaction)?
        }
        _ => return Err(format!("no such step: {step}").into()),
    };
    changed.commit(catalog).await?;
    Ok(())
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [uri, delegation, name, steps @ ..] = arguments.as_slice() else {
        return Err("usage: rustclient URI DELEGATION NAMESPACE.TABLE STEP…".into());
    };
    let catalog = open(uri, delegation).await?;
    let name = TableIdent::from_strs(name.split('.'))?;
    for step in steps {
        run(&catalog, &name, step)
            .await
            .map_err(|error| format!("{step}: {error}"))?;
    }
    Ok(())
}
