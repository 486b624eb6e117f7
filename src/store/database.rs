//! The connection: opening, migrating, and knowing whether the database is there.
//!
//! One pool type for both dialects (sqlx's `any`); SQLite gets a single connection, whose one thread puts all writes in
//! order.

use std::future::Future;
use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Connection, SqlSafeStr};

use super::{Settings, StoreError};

/// Connections to PostgreSQL: more than a core's worth of workers never waits for one.
const POSTGRES_CONNECTIONS: u32 = 8;

/// How long a connection may be idle before it is tested on its next use.
const TEST_AFTER_IDLE: Duration = Duration::from_secs(5);

/// How long a database that failed is left alone, so that replies do not wait for it one after the other.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The migrations of each dialect: number, name, SQL for SQLite, SQL for PostgreSQL. Never edited once released.
const MIGRATIONS: [(i64, &str, &str, &str); 4] = [
    (
        1,
        "first",
        include_str!("migrations/sqlite/0001_first.sql"),
        include_str!("migrations/postgres/0001_first.sql"),
    ),
    (
        2,
        "claims",
        include_str!("migrations/sqlite/0002_claims.sql"),
        include_str!("migrations/postgres/0002_claims.sql"),
    ),
    (
        3,
        "links",
        include_str!("migrations/sqlite/0003_links.sql"),
        include_str!("migrations/postgres/0003_links.sql"),
    ),
    (
        4,
        "business",
        include_str!("migrations/sqlite/0004_business.sql"),
        include_str!("migrations/postgres/0004_business.sql"),
    ),
];

/// Which SQL the database speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// A database that may be away for a while.
#[derive(Clone)]
pub(super) struct Database {
    pub(super) dialect: Dialect,
    pool: AnyPool,
    patience: Duration,
    /// When it last failed, until it answers again.
    outage: Arc<Mutex<Option<Instant>>>,
}

impl Database {
    /// Opens the database for the bot: creates a SQLite file that is not there, and migrates.
    pub(super) async fn create(settings: &Settings) -> Result<Self, StoreError> {
        let dialect = Dialect::of(&settings.url)?;
        let place = place(&settings.url);
        let fail = |why: String| StoreError::Open {
            place: place.clone(),
            why,
        };
        if let Some(file) = sqlite_file(&settings.url)? {
            create_private(&file).map_err(|error| fail(error.to_string()))?;
        }
        let database = Self::connect(settings, dialect, &place).await?;
        let migrations = dialect.migrations();
        migrations
            .run(&database.pool)
            .await
            .map_err(|error| fail(error.to_string()))?;
        Ok(database)
    }

    /// Opens the database to read from: it must be there and have this version's tables.
    pub(super) async fn existing(settings: &Settings) -> Result<Self, StoreError> {
        let dialect = Dialect::of(&settings.url)?;
        let place = place(&settings.url);
        if let Some(file) = sqlite_file(&settings.url)?
            && !file.exists()
        {
            return Err(StoreError::Missing(place));
        }
        let database = Self::connect(settings, dialect, &place).await?;
        let version = sqlx::query_scalar::<_, i64>("SELECT max(version) FROM _sqlx_migrations");
        let found = version
            .fetch_one(&database.pool)
            .await
            .map_err(|error| StoreError::Open {
                place: place.clone(),
                why: describe(&error),
            })?;
        let expected = MIGRATIONS.len() as i64;
        if found != expected {
            return Err(StoreError::Version {
                place,
                found,
                expected,
            });
        }
        Ok(database)
    }

    async fn connect(
        settings: &Settings,
        dialect: Dialect,
        place: &str,
    ) -> Result<Self, StoreError> {
        static DRIVERS: Once = Once::new();
        DRIVERS.call_once(sqlx::any::install_default_drivers);

        let options = AnyConnectOptions::from_str(&settings.url).map_err(|_| StoreError::BadUrl)?;
        let fail = |error: &sqlx::Error| StoreError::Open {
            place: place.to_owned(),
            why: describe(error),
        };
        let setup = dialect.setup(settings.patience);
        // A pool tries again and again and never says what is wrong; a connection of its own does.
        let probe = async {
            let mut connection = AnyConnection::connect_with(&options).await?;
            prepare(&mut connection, setup.clone()).await?;
            connection.close().await
        };
        match tokio::time::timeout(settings.patience, probe).await {
            Ok(outcome) => outcome.map_err(|error| fail(&error))?,
            Err(_) => return Err(fail(&sqlx::Error::PoolTimedOut)),
        }
        let pool = match dialect {
            // An in-memory database lives as long as its connection, which must therefore never be renewed.
            Dialect::Sqlite => AnyPoolOptions::new()
                .max_connections(1)
                .idle_timeout(None)
                .max_lifetime(None)
                .test_before_acquire(false),
            Dialect::Postgres => AnyPoolOptions::new()
                .max_connections(POSTGRES_CONNECTIONS)
                .test_before_acquire(false)
                .before_acquire(|connection, usage| {
                    Box::pin(async move {
                        // The server may have gone in the meantime; a connection in steady use would have noticed.
                        let fresh = usage.idle_for < TEST_AFTER_IDLE;
                        Ok(fresh || connection.ping().await.is_ok())
                    })
                }),
        };
        let pool = pool
            .acquire_timeout(settings.patience)
            .after_connect(move |connection, _| Box::pin(prepare(connection, setup.clone())))
            .connect_with(options)
            .await
            .map_err(|error| fail(&error))?;
        Ok(Self {
            dialect,
            pool,
            patience: settings.patience,
            outage: Arc::default(),
        })
    }

    /// Runs one operation on the database, within the limit of patience. While the database is down only one operation
    /// a second tries; the others fail at once.
    pub(super) async fn run<'p, T, F>(
        &'p self,
        work: impl FnOnce(&'p AnyPool) -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, sqlx::Error>>,
    {
        if !self.may_try() {
            return Err(StoreError::Down);
        }
        let outcome = match tokio::time::timeout(self.patience * 2, work(&self.pool)).await {
            Ok(outcome) => outcome.map_err(StoreError::from),
            Err(_) => Err(StoreError::TimedOut),
        };
        self.note(outcome.as_ref().err());
        outcome
    }

    /// Whether the database answered when it was last asked.
    pub(super) fn is_up(&self) -> bool {
        lock(&self.outage).is_none()
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }

    fn may_try(&self) -> bool {
        let mut outage = lock(&self.outage);
        match *outage {
            None => true,
            Some(failed) if failed.elapsed() < RETRY_AFTER => false,
            Some(_) => {
                *outage = Some(Instant::now());
                true
            }
        }
    }

    fn note(&self, error: Option<&StoreError>) {
        let before = {
            let mut outage = lock(&self.outage);
            std::mem::replace(&mut *outage, error.map(|_| Instant::now()))
        };
        match (before, error) {
            (None, Some(error)) => {
                tracing::warn!(%error, "store is down; updates and counts are kept in memory");
            }
            (Some(_), None) => tracing::info!("store is back"),
            (None, None) | (Some(_), Some(_)) => {}
        }
    }
}

impl Dialect {
    fn of(url: &str) -> Result<Self, StoreError> {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Ok(Self::Sqlite),
            Some("postgres" | "postgresql") => Ok(Self::Postgres),
            _ => Err(StoreError::BadUrl),
        }
    }

    /// What a new connection is told first.
    fn setup(self, patience: Duration) -> String {
        match self {
            // WAL with synchronous=NORMAL survives a killed process, which is what happens; only a power cut can take the
            // last moments, and never the database.
            Self::Sqlite => format!(
                "PRAGMA busy_timeout = {}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;",
                patience.as_millis()
            ),
            // Counts, claims and what is done may be lost with the server's last moments; what `put` stores may not, and
            // says so itself.
            Self::Postgres => "SET synchronous_commit = off".to_owned(),
        }
    }

    fn migrations(self) -> Migrator {
        let migrations = MIGRATIONS.map(|(number, name, sqlite, postgres)| {
            let sql = match self {
                Self::Sqlite => sqlite,
                Self::Postgres => postgres,
            };
            let sql = sql.into_sql_str();
            Migration::new(number, name.into(), MigrationType::Simple, sql, false)
        });
        Migrator::with_migrations(migrations.to_vec())
    }
}

async fn prepare(connection: &mut AnyConnection, setup: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(setup))
        .execute(connection)
        .await?;
    Ok(())
}

/// `($1, $2), ($3, $4), …` for `rows` rows of `columns` values.
pub(super) fn values(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let values: Vec<String> = (1..=columns)
            .map(|column| format!("${}", row * columns + column))
            .collect();
        format!("({})", values.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

/// Locks, whatever a thread that panicked left behind: what we keep under locks is whole after every statement.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The file of a SQLite address; `None` for PostgreSQL and for a database in memory.
fn sqlite_file(url: &str) -> Result<Option<std::path::PathBuf>, StoreError> {
    if Dialect::of(url)? != Dialect::Sqlite || in_memory(url) {
        return Ok(None);
    }
    let options = SqliteConnectOptions::from_str(url).map_err(|_| StoreError::BadUrl)?;
    Ok(Some(options.get_filename().to_owned()))
}

fn in_memory(url: &str) -> bool {
    url.contains(":memory:") || url.contains("mode=memory")
}

/// How a database is named in a message: without user, password and parameters.
fn place(url: &str) -> String {
    let url = url.split('?').next().unwrap_or_default();
    let (scheme, rest) = url.split_once(':').unwrap_or(("", url));
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    if scheme == "sqlite" {
        rest.to_owned()
    } else {
        format!("{scheme}://{rest}")
    }
}

/// What the database says, without sqlx's preamble.
fn describe(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        sqlx::Error::PoolTimedOut => "it does not answer".to_owned(),
        other => other.to_string(),
    }
}

/// Creates the file if it is not there, and keeps it from everybody but its owner. SQLite gives its side files (`-wal`,
/// `-shm`) the same permissions.
fn create_private(file: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        options.mode(0o600);
        options
            .open(file)?
            .set_permissions(std::fs::Permissions::from_mode(0o600))
    }
    #[cfg(not(unix))]
    options.open(file).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_row_by_row() {
        assert_eq!(values(1, 1), "($1)");
        assert_eq!(values(2, 3), "($1, $2, $3), ($4, $5, $6)");
    }

    #[test]
    fn a_database_is_named_without_its_password() {
        for (url, named) in [
            (
                "postgres://bob:s3cret@db.example:5432/bot?sslmode=require",
                "postgres://db.example:5432/bot",
            ),
            ("postgres://db/bot", "postgres://db/bot"),
            ("postgres://bob:p@ss@db/bot", "postgres://db/bot"),
            ("sqlite://backtalk.db", "backtalk.db"),
            (
                "sqlite:///var/lib/backtalk.db?mode=rwc",
                "/var/lib/backtalk.db",
            ),
            ("sqlite::memory:", ":memory:"),
        ] {
            assert_eq!(place(url), named, "{url}");
        }
    }

    #[test]
    fn only_known_kinds_of_address_are_taken() {
        assert_eq!(Dialect::of("sqlite::memory:").ok(), Some(Dialect::Sqlite));
        assert_eq!(
            Dialect::of("postgresql://x/y").ok(),
            Some(Dialect::Postgres)
        );
        for url in ["", "backtalk.db", "mysql://x/y", "/var/lib/x.db"] {
            assert!(matches!(Dialect::of(url), Err(StoreError::BadUrl)), "{url}");
        }
    }
}
