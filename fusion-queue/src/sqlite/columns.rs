//! Rows as values: sqlx's own derive would build sqlx a second time.

/// Reads a value of `$name` from the columns of the same names; further fields begin as given.
macro_rules! from_columns {
    ($name:ident { $($column:ident),* $(,)? } $($field:ident: $value:expr),*) => {
        impl<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> for $name {
            fn from_row(row: &'r sqlx::sqlite::SqliteRow) -> sqlx::Result<Self> {
                use sqlx::Row as _;
                Ok(Self { $($column: row.try_get(stringify!($column))?,)* $($field: $value,)* })
            }
        }
    };
}

pub(super) use from_columns;
