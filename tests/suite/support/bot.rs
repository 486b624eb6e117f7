//! The program itself, as a process that talks to a server of ours.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use super::Folder;
use super::server::{Server, TOKEN};

/// A running bot. It ends with the test process, however that ends: a shell holds its leash and reads from a pipe of
/// ours, which closes then.
#[derive(Debug)]
pub(crate) struct Bot {
    /// The server that it talks to.
    pub(crate) server: Server,
    shell: Child,
    /// The process itself.
    pub(crate) pid: u32,
    log: std::path::PathBuf,
    /// Where it was started and keeps its database.
    pub(crate) data: Arc<Folder>,
    _faq: Option<Arc<Folder>>,
}

/// Starts the bot with the shell's `$!` on the first line of output.
const LEASH: &str = r#""$0" telegram "$@" >"$LOG_FILE" 2>&1 </dev/null & echo $!; read -r _; kill -9 $! 2>/dev/null; rm -f "$LOG_FILE""#;

impl Bot {
    /// Starts a bot with the FAQ inside the program and a server of its own.
    pub(crate) fn start() -> Self {
        Self::start_with(Folder::with(&[]))
    }

    /// Starts a bot with a server of its own in a folder, whose files it finds.
    pub(crate) fn start_with(folder: Folder) -> Self {
        let (server, url) = Server::start();
        let bot = Self::start_on(server, &url, None, Arc::new(folder));
        while bot.server.count() == 0 {
            // Every test would wait for it in vain.
            assert!(bot.is_running(), "the bot ended: {}", bot.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        bot
    }

    /// Starts a bot at a server, perhaps with another FAQ.
    pub(crate) fn start_at(server: Server, url: &str, faq: Option<Arc<Folder>>) -> Self {
        Self::start_on(server, url, faq, Arc::new(Folder::with(&[])))
    }

    /// Starts a bot on the database of an earlier one.
    pub(crate) fn start_on(
        server: Server,
        url: &str,
        faq: Option<Arc<Folder>>,
        data: Arc<Folder>,
    ) -> Self {
        Self::launch(server, url, faq, data, &[])
    }

    /// Starts a bot with further settings.
    pub(crate) fn launch(
        server: Server,
        url: &str,
        faq: Option<Arc<Folder>>,
        data: Arc<Folder>,
        settings: &[(&str, &str)],
    ) -> Self {
        let database = data.path().join("backtalk.db");
        let log = super::scratch("log");
        let mut command = Command::new("sh");
        command.args(["-c", LEASH, env!("CARGO_BIN_EXE_backtalk")]);
        if let Some(faq) = &faq {
            command.arg("--faq").arg(faq.path());
        }
        let mut shell = command
            .env("TELOXIDE_TOKEN", TOKEN)
            .env("TELOXIDE_API_URL", url)
            .env("DATABASE_URL", format!("sqlite://{}", database.display()))
            .env("LOG_FILE", &log)
            .env("LOG", "debug")
            .env_remove("FAQ_DIR")
            .env_remove("THERAPISTS")
            .env("CACHE_DIR", super::cache(faq.is_some()))
            .envs(settings.iter().copied())
            // In which a test may have put a therapists.toml.
            .current_dir(data.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("sh starts");
        let mut pid = String::new();
        let mut output = shell.stdout.take().expect("piped");
        let mut byte = [0];
        while output.read(&mut byte).is_ok_and(|n| n == 1) && byte != *b"\n" {
            pid.push(char::from(byte[0]));
        }
        Self {
            server,
            shell,
            pid: pid.parse().expect("a process id"),
            log,
            data,
            _faq: faq,
        }
    }

    /// Everything that the bot has written to its output and log.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until these words are in the log so many times.
    pub(crate) fn waits_for(&self, words: &str, times: usize) {
        let end = Instant::now() + Duration::from_secs(120);
        while self.log().matches(words).count() < times {
            assert!(
                self.is_running() && Instant::now() < end,
                "{words:?} is not in the log {times} times: {}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Where it listens for the setting of this name.
    pub(crate) fn address(&self, setting: &str) -> String {
        let before = format!("listening setting=\"{setting}\" address=");
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let log = self.log();
            if let Some((_, after)) = log.split_once(&before)
                && let Some((address, _)) = after.split_once('\n')
            {
                return address.to_owned();
            }
            assert!(
                self.is_running() && Instant::now() < end,
                "{setting}: {log}"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until the process is gone.
    pub(crate) fn ended(&self) {
        let end = Instant::now() + Duration::from_secs(30);
        while self.is_running() {
            assert!(Instant::now() < end, "it goes on running");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.pid.to_string()])
            .status();
        assert!(status.is_ok_and(|s| s.success()), "kill -{name}");
    }

    /// Processor time used so far.
    pub(crate) fn cpu(&self) -> Duration {
        super::cpu(&format!("/proc/{}", self.pid))
    }

    /// Memory in use, in KiB.
    pub(crate) fn memory(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// Most memory that was in use at any time, in KiB.
    pub(crate) fn peak_memory(&self) -> u64 {
        self.status("VmHWM:")
    }

    fn status(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid));
        let status = status.expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let value = line.and_then(|line| line.split_whitespace().next());
        value.expect("a value").parse().expect("a number")
    }

    /// Whether the process is still there.
    pub(crate) fn is_running(&self) -> bool {
        Path::new(&format!("/proc/{}/exe", self.pid)).exists()
            && !std::fs::read_to_string(format!("/proc/{}/stat", self.pid))
                .is_ok_and(|s| s.contains(") Z "))
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        // Closing its input ends the shell, and with it the bot.
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
        let _ = std::fs::remove_file(&self.log);
    }
}

/// One bot for all tests that do not hurt it; learning the FAQ takes a second.
pub(crate) fn shared() -> &'static Bot {
    static SHARED: LazyLock<Bot> = LazyLock::new(Bot::start);
    &SHARED
}
