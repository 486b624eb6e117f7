//! What the end-to-end tests share.

pub(crate) mod bot;
pub(crate) mod markup;
pub(crate) mod people;
pub(crate) mod process;
pub(crate) mod server;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// A path in the temporary folder that no other test uses.
pub(crate) fn scratch(name: &str) -> PathBuf {
    static LAST: AtomicU32 = AtomicU32::new(0);
    let number = LAST.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!(
        "backtalk-test-{}-{number}-{name}",
        std::process::id()
    ))
}
