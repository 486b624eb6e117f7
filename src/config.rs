//! Settings from the environment, read once. Each is described in `.env.example`; a test compares the two lists.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::{fmt, io};

/// Every variable that the program reads.
pub const VARIABLES: [&str; 16] = [
    "TELOXIDE_TOKEN",
    "TELOXIDE_API_URL",
    "DATABASE_URL",
    "UNANSWERED_DAYS",
    "WEBHOOK_URL",
    "WEBHOOK_LISTEN",
    "WEBHOOK_CERTIFICATE",
    "METRICS_LISTEN",
    "THERAPISTS",
    "OPERATORS",
    "BUSINESS",
    "BUSINESS_PAUSE_HOURS",
    "FAQ_DIR",
    "CACHE_DIR",
    "LOG",
    "LOG_FORMAT",
];

/// What the bot needs to run in Telegram.
#[derive(Debug, Clone)]
pub struct Config {
    /// The bot's token from BotFather.
    pub token: Secret,
    /// Another Bot API server than Telegram's own.
    pub api_url: Option<String>,
    /// Where updates, counts and unanswered questions are kept.
    pub store: StoreConfig,
    /// How Telegram brings updates; without it they are fetched.
    pub webhook: Option<Webhook>,
    /// Where `/healthz`, `/readyz` and `/metrics` are served, if anywhere.
    pub metrics: Option<SocketAddr>,
    /// The Telegram user ids of those who may see the statistics.
    pub operators: Vec<u64>,
    /// How the bot answers in the chats of accounts that connect it; without it, it does not.
    pub business: Option<Business>,
}

/// How the bot answers in the chats of accounts that connect it (Telegram Business).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Business {
    /// How long it keeps quiet in a chat after the account's owner has written there, in hours; 0 for not at all.
    pub pause_hours: u32,
}

/// How Telegram brings updates.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// The address that Telegram is told. Only its path is ever asked for here.
    pub url: String,
    /// Where the reverse proxy finds us.
    pub listen: SocketAddr,
    /// The proxy's certificate, if it is not signed by an authority.
    pub certificate: Option<PathBuf>,
}

/// Where and for how long the store keeps things; all that `backtalk unanswered` and `backtalk stats` need.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// The database's address, which may hold a password.
    pub url: Secret,
    /// How long an unanswered question is kept after it was last asked, in days.
    pub unanswered_days: u32,
}

/// A text that must not be printed: its `Debug` hides it and it has no `Display`.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A setting that is missing or wrong.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// There is no token.
    #[error(
        "TELOXIDE_TOKEN is not set; get a token from @BotFather and put it in .env (see .env.example), or try `backtalk chat` without one"
    )]
    NoToken,
    /// The token cannot be one.
    #[error(
        "TELOXIDE_TOKEN does not look like a bot token (digits, a colon, letters); copy it again from @BotFather"
    )]
    BadToken,
    /// The `.env` file cannot be read.
    #[error(".env cannot be read: {0}")]
    EnvFile(#[source] io::Error),
    /// A line of the `.env` file is no setting. The line is not shown: it may hold the token.
    #[error(".env has a line that is not NAME=value; put a value with spaces in quotes")]
    EnvLine,
    /// The server's address is none.
    #[error("TELOXIDE_API_URL is no web address: {0}")]
    BadApiUrl(String),
    /// The webhook's address is none.
    #[error("WEBHOOK_URL is no web address: {0}")]
    BadWebhookUrl(String),
    /// There is no such file.
    #[error("WEBHOOK_CERTIFICATE cannot be read: {}: {why}", path.display())]
    NoCertificate {
        /// Where it was looked for.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// Nobody can listen there.
    #[error("{name} is neither an IP address with a port, as 127.0.0.1:8080, nor a port: {value}")]
    BadAddress {
        /// The variable.
        name: &'static str,
        /// What it is set to.
        value: String,
    },
    /// One of the operators is no user id.
    #[error(
        "OPERATORS is no list of Telegram user ids with commas between them, as 123456789, 987654321: {0}"
    )]
    BadOperator(String),
    /// Whether to answer for connected accounts is neither yes nor no.
    #[error("BUSINESS is neither on nor off: {0}")]
    BadBusiness(String),
    /// The time for which the bot keeps quiet is none.
    #[error(
        "BUSINESS_PAUSE_HOURS is no number of hours from 0 to {most}: {0}",
        most = Business::MAX_PAUSE_HOURS
    )]
    BadPause(String),
    /// The time for which unanswered questions are kept is none.
    #[error("UNANSWERED_DAYS is no number of days from 1 on: {0}")]
    BadDays(String),
}

impl From<dotenvy::Error> for ConfigError {
    fn from(error: dotenvy::Error) -> Self {
        match error {
            dotenvy::Error::Io(error) => Self::EnvFile(error),
            // What else can go wrong while reading the file, now or in later versions, is in its lines.
            _ => Self::EnvLine,
        }
    }
}

impl Config {
    /// Reads the settings of the Telegram bot.
    ///
    /// # Errors
    /// When the token is missing or cannot be one, or an address is none.
    pub fn from_env() -> Result<Self, ConfigError> {
        let token = variable("TELOXIDE_TOKEN").ok_or(ConfigError::NoToken)?;
        if !is_token(&token) {
            return Err(ConfigError::BadToken);
        }
        let api_url = variable("TELOXIDE_API_URL");
        if let Some(url) = api_url.as_ref().filter(|url| !is_web_address(url)) {
            return Err(ConfigError::BadApiUrl(url.clone()));
        }
        Ok(Self {
            token: Secret::new(token),
            api_url,
            store: StoreConfig::from_env()?,
            webhook: Webhook::from_env()?,
            metrics: metrics()?,
            operators: operators(&variable("OPERATORS").unwrap_or_default())?,
            business: Business::from_env()?,
        })
    }
}

impl Business {
    /// Half a day: whoever answers clients in the evening finds the bot quiet until the next morning.
    const DEFAULT_PAUSE_HOURS: u32 = 12;
    /// A week.
    const MAX_PAUSE_HOURS: u32 = 168;

    fn from_env() -> Result<Option<Self>, ConfigError> {
        let pause_hours = match variable("BUSINESS_PAUSE_HOURS") {
            None => Self::DEFAULT_PAUSE_HOURS,
            Some(hours) => match hours.parse() {
                Ok(number) if number <= Self::MAX_PAUSE_HOURS => number,
                _ => return Err(ConfigError::BadPause(hours)),
            },
        };
        match variable("BUSINESS") {
            None => Ok(None),
            Some(off) if off.eq_ignore_ascii_case("off") => Ok(None),
            Some(on) if on.eq_ignore_ascii_case("on") => Ok(Some(Self { pause_hours })),
            Some(other) => Err(ConfigError::BadBusiness(other)),
        }
    }
}

impl Webhook {
    /// Where the reverse proxy finds us unless told otherwise: on this machine.
    const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(LOOPBACK, 8080);

    fn from_env() -> Result<Option<Self>, ConfigError> {
        let Some(url) = variable("WEBHOOK_URL") else {
            return Ok(None);
        };
        if !is_web_address(&url) {
            return Err(ConfigError::BadWebhookUrl(url));
        }
        let certificate = variable("WEBHOOK_CERTIFICATE").map(PathBuf::from);
        if let Some(path) = &certificate
            && let Err(why) = std::fs::File::open(path)
        {
            let path = path.clone();
            return Err(ConfigError::NoCertificate { path, why });
        }
        Ok(Some(Self {
            url,
            listen: address("WEBHOOK_LISTEN")?.unwrap_or(Self::DEFAULT_LISTEN),
            certificate,
        }))
    }
}

impl StoreConfig {
    /// A file in the working directory.
    const DEFAULT_URL: &str = "sqlite://backtalk.db";
    const DEFAULT_UNANSWERED_DAYS: u32 = 90;

    /// Reads the settings of the store; all of them have a default.
    ///
    /// # Errors
    /// When the number of days is none.
    pub fn from_env() -> Result<Self, ConfigError> {
        let url = variable("DATABASE_URL").unwrap_or_else(|| Self::DEFAULT_URL.to_owned());
        let unanswered_days = match variable("UNANSWERED_DAYS") {
            None => Self::DEFAULT_UNANSWERED_DAYS,
            Some(days) => match days.parse() {
                Ok(number) if number > 0 => number,
                _ => return Err(ConfigError::BadDays(days)),
            },
        };
        Ok(Self {
            url: Secret::new(url),
            unanswered_days,
        })
    }
}

/// Where `/healthz`, `/readyz` and `/metrics` are served, if anywhere.
///
/// # Errors
/// When it is no address.
pub fn metrics() -> Result<Option<SocketAddr>, ConfigError> {
    address("METRICS_LISTEN")
}

/// The file with the therapists, and whether it must be there, which only one that was asked for must.
#[must_use]
pub fn therapists() -> (PathBuf, bool) {
    match variable("THERAPISTS") {
        Some(path) => (path.into(), true),
        None => ("therapists.toml".into(), false),
    }
}

/// The folder where what is learned is kept for the next start: the one that is set, the one that systemd gives a service,
/// or the user's own; `None` when it is switched off or the user has none.
#[must_use]
pub fn cache() -> Option<PathBuf> {
    match variable("CACHE_DIR") {
        Some(off) if off.eq_ignore_ascii_case("off") => None,
        Some(folder) => Some(folder.into()),
        None => variable("CACHE_DIRECTORY").map(PathBuf::from).or_else(|| {
            let of_user = variable("XDG_CACHE_HOME").map(PathBuf::from);
            let of_user = of_user.or_else(|| Some(std::env::home_dir()?.join(".cache")));
            Some(of_user?.join("backtalk"))
        }),
    }
}

/// User ids with commas between them; none for an empty text.
fn operators(list: &str) -> Result<Vec<u64>, ConfigError> {
    let ids = list.split(',').map(str::trim).filter(|id| !id.is_empty());
    ids.map(|id| match id.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(ConfigError::BadOperator(id.to_owned())),
    })
    .collect()
}

/// What a variable is set to; blanks around it do not count, and neither does one that is empty.
fn variable(name: &str) -> Option<String> {
    let value = std::env::var(name).ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// An address to listen on; a port alone is one of this machine only.
fn address(name: &'static str) -> Result<Option<SocketAddr>, ConfigError> {
    let Some(value) = variable(name) else {
        return Ok(None);
    };
    match parse_address(&value) {
        Some(address) => Ok(Some(address)),
        None => Err(ConfigError::BadAddress { name, value }),
    }
}

fn parse_address(value: &str) -> Option<SocketAddr> {
    let port = value.parse().map(|port| SocketAddr::new(LOOPBACK, port));
    port.ok().or_else(|| value.parse().ok())
}

fn is_web_address(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// `<bot id>:<secret>`, as BotFather gives it. Telegram does not fix the secret's length, so only its alphabet is
/// checked: enough to catch a token with a piece missing or a placeholder.
fn is_token(token: &str) -> bool {
    token.split_once(':').is_some_and(|(id, secret)| {
        !id.is_empty()
            && id.bytes().all(|b| b.is_ascii_digit())
            && !secret.is_empty()
            && secret
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_recognised() {
        for token in ["123456:ABC-DEF_ghi", "1:T"] {
            assert!(is_token(token), "{token}");
        }
        for no_token in [
            "",
            "your-token-here",
            "123456",
            "123:",
            ":abc",
            "12a:abc",
            "123:a b",
        ] {
            assert!(!is_token(no_token), "{no_token}");
        }
    }

    #[test]
    fn a_port_alone_is_on_this_machine_only() {
        let parse = |text: &str| parse_address(text).map(|address| address.to_string());
        assert_eq!(parse("9464").as_deref(), Some("127.0.0.1:9464"));
        assert_eq!(parse("0.0.0.0:80").as_deref(), Some("0.0.0.0:80"));
        assert_eq!(parse("[::1]:80").as_deref(), Some("[::1]:80"));
        for wrong in ["localhost:80", ":80", "70000", "127.0.0.1", "x"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn operators_are_user_ids_with_commas_between_them() {
        assert_eq!(operators("").ok(), Some(vec![]));
        assert_eq!(operators("7, 8,").ok(), Some(vec![7, 8]));
        for wrong in ["@anna", "7 8", "-7", "0", "7;8"] {
            assert!(operators(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn secrets_do_not_show() {
        assert_eq!(format!("{:?}", Secret::new("1:abc")), "[secret]");
    }
}
