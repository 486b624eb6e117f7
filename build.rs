//! Tells the program by which sources it was built, so that it never trusts what another build has learned (`cache.rs`).

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{fs, io};

fn main() -> io::Result<()> {
    let mut files = BTreeMap::new();
    gather(Path::new("src"), &mut files)?;
    // A library of another version may learn other things.
    let libraries = Path::new("Cargo.lock");
    files.insert(libraries.to_owned(), fs::read(libraries)?);
    let mut hasher = DefaultHasher::new();
    files.hash(&mut hasher);
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=Cargo.lock");
    println!("cargo::rustc-env=BACKTALK_SOURCES={:016x}", hasher.finish());
    Ok(())
}

fn gather(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) -> io::Result<()> {
    for item in fs::read_dir(folder)? {
        let path = item?.path();
        if path.is_dir() {
            gather(&path, files)?;
        } else {
            files.insert(path.clone(), fs::read(path)?);
        }
    }
    Ok(())
}
