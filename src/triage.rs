//! The safety pass before matching.

use crate::faq::{Fault, Source};

/// Red flags and cautions as written in `triage.toml` and `triage/*.toml`.
#[derive(Debug, Clone)]
pub struct Protocol {}

impl Protocol {
    /// Reads the files' tables, noting every fault; `None` when one prevents it.
    pub fn read(_files: Vec<(String, toml::Table)>, _references: &[Source], _faults: &mut Vec<Fault>) -> Option<Self> {
        Some(Self {})
    }
}
