//! Room on the PostgreSQL server of the tests.

use sqlx::AssertSqlSafe;
use sqlx::any::AnyPoolOptions;

/// The address of an empty schema of a test's own.
pub(crate) async fn schema(test: &str) -> String {
    let server = std::env::var("TEST_POSTGRES_URL")
        .expect("TEST_POSTGRES_URL names a PostgreSQL server for the tests");
    // PostgreSQL cuts names at 63 bytes.
    let schema = format!("t_{test:.60}");
    sqlx::any::install_default_drivers();
    let pool = AnyPoolOptions::new()
        .max_connections(1)
        .connect(&server)
        .await
        .expect("the database of the tests");
    for sql in [
        format!("DROP SCHEMA IF EXISTS {schema} CASCADE"),
        format!("CREATE SCHEMA {schema}"),
    ] {
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&pool)
            .await
            .expect("a schema for the test");
    }
    format!("{server}?options[search_path]={schema}")
}
