//! Runs the real program as a process, without the settings of whoever runs the tests, and lays out small FAQs for it.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use backtalk::config::VARIABLES;

/// A FAQ about something else than ours: it learns at once, and shows that nothing depends on our content.
pub(crate) const LIBRARY: [(&str, &str); 4] = [
    ("faq.toml", "title = \"our library\"\n"),
    (
        "entries/visit/opening-hours.md",
        "+++\nquestion = \"When is the library open?\"\n\
         phrasings = [\"opening hours\", \"what time do you close today\"]\n\
         sources = []\nrelated = [\"adult-card\"]\n+++\nFrom **nine to five**, every day:\n\n- Monday\n- Sunday\n",
    ),
    (
        "entries/cards/adult-card.md",
        "+++\nquestion = \"How does an adult get a card?\"\n\
         phrasings = [\"library card for adults\", \"borrowing card for an adult please\"]\n\
         sources = []\n+++\nBring your passport.\n",
    ),
    (
        "entries/cards/child-card.md",
        "+++\nquestion = \"How does a child get a card?\"\n\
         phrasings = [\"library card for children\", \"borrowing card for a child please\"]\n\
         sources = []\n+++\nBring a parent.\n",
    ),
];

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Exit code; `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The program with these arguments, not started yet.
pub(crate) fn backtalk(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backtalk"));
    command
        .args(arguments)
        // Not in the project, whose .env may hold a real token.
        .current_dir(std::env::temp_dir())
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for variable in VARIABLES {
        command.env_remove(variable);
    }
    let is_small = arguments.contains(&"--faq");
    command.env("CACHE_DIR", super::cache(is_small));
    command
}

/// Runs the program on this input to its end.
pub(crate) fn run(mut command: Command, input: impl AsRef<[u8]>) -> Outcome {
    let input = input.as_ref();
    let mut child: Child = command.spawn().expect("the program was built");
    let mut stdin = child.stdin.take().expect("it is piped");
    let output = std::thread::scope(|scope| {
        // Beside reading: pipes are short, and both ends would wait for each other.
        scope.spawn(move || {
            // It may have ended before it read everything; what it said then tells why.
            let _ = stdin.write_all(input);
        });
        child.wait_with_output().expect("it can be waited for")
    });
    Outcome {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("the program writes UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("the program writes UTF-8"),
    }
}

/// A folder with these files, for the test of this name alone.
pub(crate) fn folder(test: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("an earlier run's folder can be removed");
    }
    std::fs::create_dir_all(&folder).expect("the folder for tests can be written");
    for (path, content) in files {
        write(&folder, path, content);
    }
    folder
}

/// Writes a file below a folder.
pub(crate) fn write(folder: &std::path::Path, path: &str, content: impl AsRef<[u8]>) {
    let path = folder.join(path);
    let parent = path.parent().expect("it is below the folder");
    std::fs::create_dir_all(parent).expect("the folder for tests can be written");
    std::fs::write(path, content).expect("the folder for tests can be written");
}
