//! The files of a `faq/` folder, from disk or from the copy inside the binary.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use include_dir::{Dir, include_dir};

/// Largest file that is read, in bytes; no file of ours comes near, and a mistaken `--faq /` must not fill the memory.
const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// Deepest folder that is read: the layout needs two, and a link to itself must not be followed for ever.
const MAX_DEPTH: usize = 8;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/faq");

/// Files by their path inside the folder, `/` between the parts, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Tree {
    files: BTreeMap<String, Vec<u8>>,
}

impl Tree {
    /// The content compiled into the binary.
    #[must_use]
    pub fn built_in() -> Self {
        fn gather(dir: &Dir<'_>, files: &mut BTreeMap<String, Vec<u8>>) {
            for file in dir.files() {
                files.insert(
                    file.path().to_string_lossy().replace('\\', "/"),
                    file.contents().to_vec(),
                );
            }
            for inner in dir.dirs() {
                gather(inner, files);
            }
        }
        let mut files = BTreeMap::new();
        gather(&BUILT_IN, &mut files);
        Self { files }
    }

    /// The content of a folder on disk. Hidden files and editors' backups (`.x`, `x~`) are skipped.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be read; the path is in the error.
    pub fn read(folder: &Path) -> io::Result<Self> {
        fn gather(
            folder: &Path,
            prefix: &str,
            files: &mut BTreeMap<String, Vec<u8>>,
        ) -> io::Result<()> {
            if prefix.matches('/').count() > MAX_DEPTH {
                let fault = format!(
                    "{}: folders nested too deeply (a link to itself?)",
                    folder.display()
                );
                return Err(io::Error::new(io::ErrorKind::InvalidInput, fault));
            }
            let named = |e: io::Error, path: &Path| {
                io::Error::new(e.kind(), format!("{}: {e}", path.display()))
            };
            for item in std::fs::read_dir(folder).map_err(|e| named(e, folder))? {
                let item = item.map_err(|e| named(e, folder))?;
                let (path, name) = (item.path(), item.file_name().to_string_lossy().into_owned());
                if name.starts_with('.') || name.ends_with('~') {
                    continue;
                }
                let meta = std::fs::metadata(&path).map_err(|e| named(e, &path))?;
                if meta.is_dir() {
                    gather(&path, &format!("{prefix}{name}/"), files)?;
                } else if meta.len() > MAX_FILE_BYTES {
                    let fault = format!("{}: larger than {MAX_FILE_BYTES} bytes", path.display());
                    return Err(io::Error::new(io::ErrorKind::FileTooLarge, fault));
                } else {
                    files.insert(
                        format!("{prefix}{name}"),
                        std::fs::read(&path).map_err(|e| named(e, &path))?,
                    );
                }
            }
            Ok(())
        }
        let mut files = BTreeMap::new();
        gather(folder, "", &mut files)?;
        Ok(Self { files })
    }

    /// The bytes of one file.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// Puts a file in place, as tests and tools do.
    pub fn set(&mut self, path: &str, content: impl Into<Vec<u8>>) {
        self.files.insert(path.to_owned(), content.into());
    }

    /// Takes a file out.
    pub fn remove(&mut self, path: &str) {
        self.files.remove(path);
    }

    /// Every path, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }
}
