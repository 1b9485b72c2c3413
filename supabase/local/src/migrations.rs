//! Brings a database to the project's state: Supabase's own platform objects, then the project's
//! migrations with the CLI's bookkeeping, then the seed files.

use std::path::Path;

use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use sqlx::postgres::{PgConnection, PgDatabaseError, PgErrorPosition};
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::error::Error;
use crate::os_user::hex;
use crate::project::{Project, SqlFile};
use crate::sql;

/// Supabase's own roles, schemas and tables, in order.
pub const PLATFORM: [(&str, &str); 5] = [
    ("platform/01_roles.sql", include_str!("../platform/01_roles.sql")),
    ("platform/02_schemas.sql", include_str!("../platform/02_schemas.sql")),
    ("platform/03_auth.sql", include_str!("../platform/03_auth.sql")),
    ("platform/04_storage.sql", include_str!("../platform/04_storage.sql")),
    ("platform/05_cron.sql", include_str!("../platform/05_cron.sql")),
];

/// Makes what a Supabase project has before its first migration. `connection` is the superuser's.
pub async fn apply_platform(connection: &mut PgConnection) -> Result<(), Error> {
    for (name, text) in PLATFORM {
        let mut transaction = connection.begin().await?;
        run_file(&mut transaction, Path::new(name), text).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// Applies the migrations that are not applied yet, each in one transaction. `connection` is `postgres`'s.
///
/// # Errors
/// [`Error::Sql`] for a migration that fails, [`Error::MigrationChanged`] for one whose text is no longer
/// what was applied.
pub async fn apply_migrations(connection: &mut PgConnection, project: &Project) -> Result<usize, Error> {
    let applied: Vec<(String, Option<Vec<String>>)> =
        sqlx::query_as("select version, statements from supabase_migrations.schema_migrations")
            .fetch_all(&mut *connection)
            .await?;
    let mut fresh = 0;
    for file in &project.migrations {
        let Some((version, name)) = file.version_and_name() else { continue };
        let statements: Vec<String> =
            sql::statements(&file.text).iter().map(|statement| statement.text.to_owned()).collect();
        if let Some((_, before)) = applied.iter().find(|(applied, _)| applied == version) {
            if before.as_ref() != Some(&statements) {
                return Err(Error::MigrationChanged { file: file.path.clone() });
            }
            continue;
        }
        let mut transaction = connection.begin().await?;
        run_file(&mut transaction, &file.path, &file.text).await?;
        sqlx::query(
            "insert into supabase_migrations.schema_migrations (version, statements, name) values ($1, $2, $3)",
        )
        .bind(version)
        .bind(&statements)
        .bind(name)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        reset_session(connection).await?;
        fresh += 1;
    }
    Ok(fresh)
}

/// Runs the seed files, each in one transaction, and remembers them as the CLI does.
pub async fn apply_seeds(connection: &mut PgConnection, project: &Project) -> Result<(), Error> {
    for SqlFile { path, text } in &project.seeds {
        let mut transaction = connection.begin().await?;
        run_file(&mut transaction, path, text).await?;
        sqlx::query(
            "insert into supabase_migrations.seed_files (path, hash) values ($1, $2)
             on conflict (path) do update set hash = excluded.hash",
        )
        .bind(path.strip_prefix(&project.dir).unwrap_or(path).to_string_lossy())
        .bind(hex(&Sha256::digest(text)))
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        reset_session(connection).await?;
    }
    Ok(())
}

/// A file may leave `set search_path` or a role behind; the next one starts as new.
async fn reset_session(connection: &mut PgConnection) -> Result<(), Error> {
    connection.execute("reset all; reset session authorization").await?;
    Ok(())
}

async fn run_file(connection: &mut PgConnection, path: &Path, text: &str) -> Result<(), Error> {
    // Sent whole, so that Postgres itself decides where statements end.
    let mut finished = 0;
    let result = {
        let mut results = sqlx::raw_sql(AssertSqlSafe(text)).fetch_many(&mut *connection);
        loop {
            match results.try_next().await {
                Ok(Some(sqlx::Either::Left(_))) => finished += 1,
                Ok(Some(sqlx::Either::Right(_))) => {}
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        }
    };
    result.map_err(|error| describe(path, text, finished, error))
}

/// `error` with the line of the statement that failed, `finished` statements having gone well before it.
fn describe(path: &Path, text: &str, finished: usize, error: sqlx::Error) -> Error {
    let sqlx::Error::Database(database) = &error else { return Error::Database(error) };
    let Some(database) = database.try_downcast_ref::<PgDatabaseError>() else {
        return Error::Database(error);
    };
    let line = match database.position() {
        Some(PgErrorPosition::Original(position)) => sql::line_of_position(text, position),
        _ => sql::statements(text).get(finished).map_or(1, |statement| statement.line),
    };
    let mut sentence = format!("{} ({})", database.message(), database.code());
    for more in [database.detail(), database.hint(), database.r#where()].into_iter().flatten() {
        sentence.push_str("; ");
        sentence.push_str(more);
    }
    Error::Sql { file: path.to_owned(), line, sentence }
}
