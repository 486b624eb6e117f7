//! Content that changes while the bot runs: the FAQ's folder and the therapists' file are looked at every two seconds and
//! at SIGHUP. What is new is read, learned and checked aside, and then put in place of the old in one step; what has
//! faults is refused and the old stays. Replies go on meanwhile.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::App;
use super::metrics::Trouble;
use crate::check::{self, Checked};
use crate::faq::{Fault, Faults, Tree};
use crate::therapists;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// For how long a change must stand still before it is taken, so that nothing is read half-written.
const SETTLE: Duration = Duration::from_secs(1);

/// The files that the bot answers from.
#[derive(Debug)]
pub struct Watched {
    files: Arc<Files>,
    /// How they were when what is in use was read.
    in_use: Print,
}

/// Where the files are.
#[derive(Debug)]
struct Files {
    /// The FAQ; without it, it is inside the program and cannot change.
    folder: Option<PathBuf>,
    therapists: PathBuf,
    must_exist: bool,
}

/// Everything in the files at one moment.
struct Snapshot {
    /// `None` when the FAQ is inside the program.
    faq: Result<Option<Tree>, Fault>,
    therapists: therapists::File,
}

/// By which two snapshots are compared without keeping both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Print {
    faq: u64,
    therapists: u64,
}

impl Watched {
    /// Looks at the files for the first time. To be called before the content is read, so that no change falls in
    /// between.
    #[must_use]
    pub fn new(folder: Option<PathBuf>, therapists: PathBuf, must_exist: bool) -> Self {
        let files = Files {
            folder,
            therapists,
            must_exist,
        };
        Self {
            in_use: files.snapshot().print(),
            files: Arc::new(files),
        }
    }

    /// Keeps the content current, for ever.
    pub(super) async fn follow(mut self, app: Arc<App>, mut ordered: Order) {
        let mut judged = self.in_use;
        loop {
            let is_ordered = tokio::select! {
                () = sleep(LOOK_EVERY) => false,
                () = ordered.comes() => true,
            };
            // What was refused is only judged again when somebody asks for it.
            let known = if is_ordered { self.in_use } else { judged };
            let Some(snapshot) = self.change(known).await else {
                if is_ordered {
                    tracing::info!("the content has not changed");
                }
                continue;
            };
            judged = snapshot.print();
            if judged == self.in_use {
                tracing::info!("the content is again what is in use");
                continue;
            }
            let learns = judged.faq != self.in_use.faq;
            let old = app.engine();
            let aside = app.clone();
            let taken = spawn_blocking(move || aside.take_up(&snapshot, learns)).await;
            match taken {
                Ok(Ok(())) => {
                    self.in_use = judged;
                    let engine = app.engine();
                    tracing::info!(
                        entries = engine.faq().entries.len(),
                        therapists = app.therapists().len(),
                        "the changed content is in use"
                    );
                    let [old, new] = [&old, &engine].map(|engine| &engine.faq().replies.sentences);
                    if old.description != new.description
                        || old.short_description != new.short_description
                    {
                        tokio::spawn(super::introduce(app.clone()));
                    }
                }
                Ok(Err(faults)) => {
                    app.metrics.trouble(Trouble::Content);
                    for fault in &faults.0 {
                        tracing::error!("{fault}");
                    }
                    let faults = faults.0.len();
                    tracing::error!(faults, "the changed content has faults; the old one stays");
                }
                Err(_) => {
                    app.metrics.trouble(Trouble::Content);
                    tracing::error!("the changed content cannot be learned; the old one stays");
                }
            }
        }
    }

    /// The files as they are now, once they stand still; `None` when they are as known.
    async fn change(&self, known: Print) -> Option<Snapshot> {
        let mut before = self.look().await?.print();
        while before != known {
            sleep(SETTLE).await;
            let snapshot = self.look().await?;
            let now = snapshot.print();
            if now == before {
                return Some(snapshot);
            }
            before = now;
        }
        None
    }

    async fn look(&self) -> Option<Snapshot> {
        let files = self.files.clone();
        spawn_blocking(move || files.snapshot()).await.ok()
    }
}

impl Files {
    fn snapshot(&self) -> Snapshot {
        let read = |folder: &PathBuf| {
            Tree::read(folder).map_err(|error| {
                let what = format!("cannot be read: {error}");
                let folder = folder.display().to_string();
                Fault::new(&folder, "", what, "make it readable")
            })
        };
        Snapshot {
            faq: self.folder.as_ref().map(read).transpose(),
            therapists: therapists::File::at(self.therapists.clone(), self.must_exist),
        }
    }
}

impl Snapshot {
    fn print(&self) -> Print {
        Print {
            faq: hash(&self.faq),
            therapists: hash(&self.therapists),
        }
    }
}

fn hash(content: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}

impl App {
    /// Puts what is in the files in place of the content in use, or nothing of it when it has a fault. The FAQ is only
    /// learned when it `learns`. Takes as long as a start.
    fn take_up(&self, snapshot: &Snapshot, learns: bool) -> Result<(), Faults> {
        let faq = snapshot.faq.as_ref();
        match faq.map_err(|fault| Faults(vec![fault.clone()]))? {
            Some(tree) if learns => {
                let Checked { engine, therapists } = check::check(tree, &snapshot.therapists)?;
                self.replace_engine(engine);
                self.replace_therapists(therapists);
            }
            Some(_) | None => {
                let therapists = snapshot.therapists.read(self.engine().faq())?;
                self.replace_therapists(therapists);
            }
        }
        Ok(())
    }
}

/// The order to read the content again: SIGHUP.
pub(super) struct Order(Signal);

impl Order {
    /// From now on the signal does not end the program any more.
    ///
    /// # Errors
    /// When the system does not allow it.
    pub(super) fn new() -> io::Result<Self> {
        signal(SignalKind::hangup()).map(Self)
    }

    async fn comes(&mut self) {
        // There is always a next one: the channel lives as long as the program.
        let _ = self.0.recv().await;
    }
}
