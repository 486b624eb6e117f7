//! What the end-to-end tests share.

pub(crate) mod accounts;
pub(crate) mod bot;
pub(crate) mod http;
pub(crate) mod load;
pub(crate) mod markup;
pub(crate) mod people;
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod qr;
pub(crate) mod server;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// A folder that goes when it is no longer used.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// A folder with files in it, by path and content.
    pub(crate) fn with(files: &[(String, String)]) -> Self {
        let root = scratch("folder");
        std::fs::create_dir_all(&root).expect("a folder");
        for (path, content) in files {
            let path = root.join(path);
            let parent = path.parent().expect("below the root");
            std::fs::create_dir_all(parent).expect("a folder");
            std::fs::write(&path, content).expect("a file");
        }
        Self(root)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Where the program keeps what it learns from the content inside it, so that not every test waits for that; what it
/// learns from a small FAQ is kept nowhere.
pub(crate) fn cache(is_small: bool) -> &'static str {
    if is_small {
        "off"
    } else {
        concat!(env!("CARGO_TARGET_TMPDIR"), "/learned")
    }
}

/// A path in the temporary folder that no other test uses.
pub(crate) fn scratch(name: &str) -> PathBuf {
    static LAST: AtomicU32 = AtomicU32::new(0);
    let number = LAST.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!(
        "backtalk-test-{}-{number}-{name}",
        std::process::id()
    ))
}

/// Processor time that a process or thread has used, by its folder in `/proc`.
pub(crate) fn cpu(of: &str) -> Duration {
    let stat = std::fs::read_to_string(format!("{of}/stat")).expect("it runs");
    // After the name: state, ten more, then user and system time in hundredths of a second.
    let (_, fields) = stat.rsplit_once(") ").expect("a name");
    let ticks = fields.split(' ').skip(11).take(2);
    let ticks = ticks.map(|ticks| ticks.parse::<u64>().expect("a number"));
    Duration::from_millis(ticks.sum::<u64>() * 10)
}
