"""Cells of the interop matrix in which a reader is known to refuse or to be wrong, with the words for the page.

(reader, writer or *, case or *, versions) → (pattern of the error, words). A cell that begins to work is not in the way:
the page changes, and its test says so.
"""
ANY = (1, 2, 3)
REFUSALS = {
    ("PyIceberg", "*", "equality deletes", ANY): ("equality delete", "PyIceberg 0.12 reads no equality deletes"),
    ("PyIceberg", "*", "v3 types", (3,)): ("Unsupported field type: 'variant'", "PyIceberg 0.12 knows no variant"),
    ("iceberg-rust", "*", "v3 types", (3,)): ("did not match any variant", "iceberg-rust 0.10 knows no variant"),
    ("iceberg-rust", "*", "deletion vectors", (3,)): ("Corrupt footer", "iceberg-rust 0.10 reads no deletion vectors"),
    ("iceberg-rust", "*", "schema evolution", ANY): (
        "Incorrect number of arrays for StructArray", "iceberg-rust 0.10 cannot add a field to a struct of older files"),
    ("iceberg-rust", "*", "partition evolution", (1,)): (
        "conflicts with schema field and is not an identity",
        "iceberg-rust 0.10 refuses v1's void field, which has the name of its column"),
    ("iceberg-go", "*", "partition evolution", ANY): (
        "no such file or directory", "iceberg-go 0.7 decodes percent signs of local paths"),
}
