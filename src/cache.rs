//! What was learned, kept for the next start: learning takes most of a start and gives the same every time.
//!
//! A file for each content, named after a hash of it and of the sources of this program, so that neither an edited FAQ
//! nor another version ever meets what it did not learn itself. Only a help: whatever goes wrong with the file, the
//! engine learns as if there were none. Nothing in it comes from people.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use crate::engine::{Engine, Knowledge};
use crate::faq::{Faq, Faults, Tree, load};

/// Ending of the files' names.
const ENDING: &str = "learned";

/// Ending of the name of a file that is being written.
const UNFINISHED: &str = "unfinished";

/// After this long nobody writes at an unfinished file any more: it was left by a process that was killed.
const LEFT_BEHIND: Duration = Duration::from_secs(3600);

/// How many files are kept, the newest: a bot, a copy of it with other content, and what either had before.
const KEPT: usize = 4;

/// A folder of files with what was learned; without a folder, nothing is kept.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: Option<PathBuf>,
}

impl Cache {
    /// Keeps files in this folder, which need not be there yet; `None` keeps nothing.
    #[must_use]
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    /// Loads a FAQ and learns it, or takes what was learned from the same files before.
    ///
    /// # Errors
    /// With every fault found in the files.
    pub fn engine(&self, tree: &Tree) -> Result<Engine, Faults> {
        let faq = load::load(tree)?;
        let Some(folder) = &self.folder else {
            return Ok(Engine::new(faq));
        };
        let path = folder.join(format!("{}.{ENDING}", name(tree)));
        match read(&path) {
            Ok(knowledge) => Ok(Engine::with(faq, knowledge)),
            Err(why) => {
                if why.kind() != io::ErrorKind::NotFound {
                    tracing::warn!(%why, "what was learned before cannot be read; learning again");
                }
                Ok(learn(faq, folder, &path))
            }
        }
    }
}

fn learn(faq: Faq, folder: &Path, path: &Path) -> Engine {
    let knowledge = Knowledge::learn(&faq);
    match write(&knowledge, folder, path) {
        Ok(()) => tidy(folder),
        Err(why) => {
            tracing::warn!(%why, "what was learned cannot be kept; the next start takes longer")
        }
    }
    Engine::with(faq, knowledge)
}

/// A name for the content as this program learns it.
fn name(tree: &Tree) -> String {
    let mut hasher = Sha256::new();
    hasher.update(env!("BACKTALK_SOURCES"));
    for path in tree.paths() {
        let content = tree.get(path).unwrap_or_default();
        for part in [path.as_bytes(), content] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    let digest = hasher.finalize();
    digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Reads a file: its checksum, then what was learned.
fn read(path: &Path) -> io::Result<Knowledge> {
    let damaged = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    let file = fs::read(path)?;
    let whole = file
        .split_first_chunk()
        .filter(|(sum, rest)| u32::from_le_bytes(**sum) == crc32fast::hash(rest));
    let (_, rest) = whole.ok_or_else(|| damaged(format!("{} is damaged", path.display())))?;
    postcard::from_bytes(rest).map_err(|why| damaged(format!("{}: {why}", path.display())))
}

/// Writes a file in one step, so that no other start reads half of it.
fn write(knowledge: &Knowledge, folder: &Path, path: &Path) -> io::Result<()> {
    let rest = postcard::to_stdvec(knowledge).map_err(io::Error::other)?;
    let mut file = crc32fast::hash(&rest).to_le_bytes().to_vec();
    file.extend(rest);
    fs::create_dir_all(folder)?;
    let unfinished = path.with_extension(format!("{}.{UNFINISHED}", std::process::id()));
    let written = fs::write(&unfinished, &file).and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        // What cannot be written can perhaps not be removed either; the first error says why.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

/// Removes all but the newest files, and what was never finished.
fn tidy(folder: &Path) {
    let files_with = |ending: &str| {
        let items = fs::read_dir(folder).into_iter().flatten().flatten();
        let ours = items.filter(|item| item.path().extension().is_some_and(|own| own == ending));
        let dated =
            ours.filter_map(|item| Some((item.metadata().ok()?.modified().ok()?, item.path())));
        dated.collect::<Vec<(SystemTime, PathBuf)>>()
    };
    let mut finished = files_with(ENDING);
    finished.sort_unstable();
    finished.reverse();
    let old = finished.into_iter().skip(KEPT);
    let is_left = |written: SystemTime| written.elapsed().is_ok_and(|age| age > LEFT_BEHIND);
    let left = files_with(UNFINISHED)
        .into_iter()
        .filter(|(written, _)| is_left(*written));
    for (_, path) in old.chain(left) {
        // Another start may have removed it already.
        let _ = fs::remove_file(path);
    }
}
