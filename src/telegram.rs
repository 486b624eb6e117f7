//! The Telegram channel: start, take updates in, stop.
//!
//! ```text
//! poll or webhook ─▶ delivery (store) ─▶ handlers / buttons / inline ─▶ engine ─▶ render ─▶ send ─▶ api
//! ```
//!
//! Knows no scoring, and the engine knows no Telegram. teloxide gives the types of requests and the HTTP client; its
//! dispatcher is not used, since it loses what it has acknowledged when the process dies.

pub mod api;
mod business;
mod buttons;
pub mod commands;
pub mod context;
pub mod counter;
pub mod delivery;
pub mod flood;
mod handlers;
mod inbox;
pub mod incoming;
mod inline;
pub mod keyboard;
pub mod metrics;
pub mod payload;
pub mod pieces;
mod poll;
mod referral;
mod reload;
pub mod render;
pub mod send;
mod share;
mod stats;
mod status;
pub mod upload;
mod webhook;

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde_json::Value;
use teloxide::Bot;
use teloxide::payloads::{
    GetMe, SetMyCommands, SetMyCommandsSetters, SetMyDescription, SetMyDescriptionSetters,
    SetMyShortDescription, SetMyShortDescriptionSetters,
};
use teloxide::types::{BotCommandScope, ChatId};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use self::api::CallError;
use self::context::Context;
use self::counter::{Counter, Event};
use self::delivery::{Delivery, Handled, Handler, Setback};
use self::flood::Flood;
use self::incoming::{Kind, Lane, Update};
use self::metrics::{Metrics, Trouble};
use self::pieces::Held;
use self::poll::Poll;
use self::reload::Order;
pub use self::reload::Watched;
use self::send::{Outgoing, Sender};
use self::status::{Intake, Status};
use crate::config::{Business, Config, ConfigError};
use crate::engine::Engine;
use crate::faq::EntryIndex;
use crate::reply::Reply;
use crate::store::{self, Store, StoreError};
use crate::therapists::Therapists;

/// How long a request at start may take.
const START_LIMIT: Duration = Duration::from_secs(15);

/// How long what is kept is still answered after the order to stop, and what is in hand after that. The second must be
/// longer than most requests take, since what is cut off is sent again by the next run.
const DRAIN_LIMIT: Duration = Duration::from_secs(10);

/// Why the bot could not start, or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Telegram does not know the token.
    #[error(
        "Telegram does not accept this token; copy it again from @BotFather into TELOXIDE_TOKEN"
    )]
    TokenRefused,
    /// The server's address is none.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Telegram's answer about the bot itself makes no sense.
    #[error("the Bot API server gives no username for this bot; is TELOXIDE_API_URL right?")]
    NoUsername,
    /// Telegram could not be asked.
    #[error(
        "Telegram cannot be asked who the bot is: {0}; try again, or give its username with --bot"
    )]
    Unreachable(CallError),
    /// Telegram does not take the webhook's address, in its own words.
    #[error(
        "Telegram does not take the webhook: {0}; WEBHOOK_URL must be an https address that Telegram can reach (docs/webhook.md)"
    )]
    WebhookRefused(String),
    /// An address to listen on cannot be had.
    #[error("cannot listen on {address} ({setting}): {why}")]
    Listen {
        /// The setting that names it.
        setting: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system says.
        why: std::io::Error,
    },
    /// There is nowhere to keep questions until they are answered.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system gives us no threads or signals.
    #[error("cannot start: {0}")]
    System(#[from] std::io::Error),
}

impl StartError {
    /// Whether the operator has to mend the settings, rather than wait.
    #[must_use]
    pub fn is_wrong_use(&self) -> bool {
        match self {
            Self::TokenRefused | Self::Config(_) | Self::NoUsername | Self::WebhookRefused(_) => {
                true
            }
            Self::Unreachable(_) | Self::Listen { .. } | Self::Store(_) | Self::System(_) => false,
        }
    }
}

/// Who the bot is in Telegram.
#[derive(Debug, Clone)]
pub struct Me {
    /// User id.
    pub id: u64,
    /// Without the `@`.
    pub username: String,
    /// Whether accounts can connect it: Business Mode, which its maker turns on at BotFather.
    pub can_connect: bool,
}

/// Everything that handlers need.
pub struct App {
    engine: RwLock<Arc<Engine>>,
    sender: Sender,
    me: Me,
    context: Context,
    flood: Flood,
    counter: Counter,
    metrics: Arc<Metrics>,
    store: Arc<Store>,
    therapists: RwLock<Arc<Therapists>>,
    operators: Vec<u64>,
    business: Option<Business>,
}

/// Where updates go, whichever way they came.
type Incoming = Delivery<Arc<App>, Arc<Store>>;

impl App {
    /// The engine as it is now; an update that is being handled keeps the one it began with.
    #[must_use]
    pub fn engine(&self) -> Arc<Engine> {
        self.engine
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The engine's reply, timed.
    fn respond<'e>(
        &self,
        engine: &'e Engine,
        words: &str,
        previous: Option<EntryIndex>,
    ) -> Reply<'e> {
        let start = Instant::now();
        let reply = engine.respond(words, previous);
        self.metrics.responded(start.elapsed());
        reply
    }

    /// What becomes of an update, by how its reply fared.
    fn handled(&self, result: Result<Option<Held>, CallError>) -> Handled<Held> {
        match result {
            Ok(Some(held)) => Handled::Held(held),
            Ok(None) => Handled::Done,
            // The server will refuse it again; everything else may pass.
            Err(error @ (CallError::Refused { .. } | CallError::Migrated(_))) => {
                self.metrics.trouble(Trouble::Refused);
                tracing::error!(%error, "a reply was refused");
                Handled::Done
            }
            Err(error) => {
                tracing::error!(%error, "a reply was not delivered");
                Handled::Later(match error {
                    CallError::Flood(pause) => Setback::Outage(pause),
                    _ if self.sender.reaches_others() => Setback::Own,
                    _ => Setback::Outage(Duration::ZERO),
                })
            }
        }
    }

    /// Puts another engine in place, for the updates that come.
    pub fn replace_engine(&self, engine: Engine) {
        self.counter.learn(engine.faq());
        *self.engine.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(engine);
    }

    /// The therapists as they are now.
    #[must_use]
    pub fn therapists(&self) -> Arc<Therapists> {
        self.therapists
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Puts other therapists in place, for the updates that come.
    pub fn replace_therapists(&self, therapists: Therapists) {
        *self
            .therapists
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(therapists);
    }
}

/// Runs the bot until it is told to stop.
///
/// # Errors
/// When it cannot start, or when another program takes its updates.
pub fn run(
    config: Config,
    engine: Engine,
    therapists: Therapists,
    watched: Watched,
) -> Result<(), StartError> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(async {
            let (mut stop, order) = (Stop::new()?, Order::new()?);
            let running = tokio::select! {
                started = start(&config, engine, therapists) => started?,
                () = stop.asked() => return Ok(()),
            };
            tokio::spawn(watched.follow(running.app.clone(), order));
            serve(&config, running, &mut stop).await
        })
}

/// What runs.
struct Running {
    app: Arc<App>,
    store: Arc<Store>,
    intake: Arc<Intake>,
}

async fn start(
    config: &Config,
    engine: Engine,
    therapists: Therapists,
) -> Result<Running, StartError> {
    let settings = store::Settings::new(&config.store);
    let store = Arc::new(Store::open(&settings, &config.token).await?);
    let (metrics, intake) = (Arc::<Metrics>::default(), Arc::<Intake>::default());
    if let Some(address) = config.metrics {
        let status = Status {
            metrics: metrics.clone(),
            intake: intake.clone(),
            store: store.clone(),
        };
        status.serve(address).await?;
    }
    let sender = Sender::new(bot(config)?, metrics.clone());
    let me = who_am_i(&sender).await?;
    if config.business.is_some() && !me.can_connect {
        tracing::warn!(
            "BUSINESS is on, but the bot has no Business Mode; turn it on at @BotFather"
        );
    }
    let mut out = anstream::stdout();
    // Whoever closed our output does not want the link; the bot runs all the same.
    let _ = writeln!(
        out,
        "Backtalk is at {}",
        payload::deep_link(&me.username, None)
    );
    let _ = out.flush();
    let app = Arc::new(App {
        counter: Counter::new(store.clone(), metrics.clone(), engine.faq()),
        engine: RwLock::new(Arc::new(engine)),
        sender,
        me,
        context: Context::default(),
        flood: Flood::default(),
        metrics,
        store: store.clone(),
        therapists: RwLock::new(Arc::new(therapists)),
        operators: config.operators.clone(),
        business: config.business,
    });
    Ok(Running { app, store, intake })
}

fn bot(config: &Config) -> Result<Bot, ConfigError> {
    let bot = Bot::new(config.token.expose());
    match &config.api_url {
        Some(url) => match url.parse() {
            Ok(address) => Ok(bot.set_api_url(address)),
            Err(_) => Err(ConfigError::BadApiUrl(url.clone())),
        },
        None => Ok(bot),
    }
}

/// Asks Telegram once for the bot's username, without the `@`.
///
/// # Errors
/// When Telegram cannot be reached or does not know the token.
pub fn username(config: &Config) -> Result<String, StartError> {
    let sender = Sender::new(bot(config)?, Arc::default());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match runtime.block_on(sender.once(&GetMe::new(), START_LIMIT)) {
        Ok(me) => Ok(read_me(&me).ok_or(StartError::NoUsername)?.username),
        Err(error) if matches!(error.code(), Some(401 | 404)) => Err(StartError::TokenRefused),
        Err(error) => Err(StartError::Unreachable(error)),
    }
}

/// Asks until there is an answer: a server that is not there yet is no reason to end.
async fn who_am_i(sender: &Sender) -> Result<Me, StartError> {
    let mut tries = 0;
    loop {
        match sender.once(&GetMe::new(), START_LIMIT).await {
            Ok(me) => return read_me(&me).ok_or(StartError::NoUsername),
            Err(error) if matches!(error.code(), Some(401 | 404)) => {
                return Err(StartError::TokenRefused);
            }
            Err(error) => {
                tracing::warn!(%error, "Telegram cannot be reached; trying again");
                tokio::time::sleep(send::backoff(tries)).await;
                tries += 1;
            }
        }
    }
}

fn read_me(me: &Value) -> Option<Me> {
    Some(Me {
        id: me.get("id")?.as_u64()?,
        username: me.get("username")?.as_str()?.to_owned(),
        can_connect: me.get("can_connect_to_business") == Some(&Value::Bool(true)),
    })
}

async fn serve(config: &Config, running: Running, stop: &mut Stop) -> Result<(), StartError> {
    let Running { app, store, intake } = running;
    tokio::spawn(introduce(app.clone()));
    let delivery = Delivery::new(app.clone(), store.clone(), app.metrics.clone());
    let delivery = Arc::new(delivery);
    delivery.wake(store.inbox.resume().await?);
    let (end, ended) = oneshot::channel();
    let upkeep = tokio::spawn(tend(store.clone(), delivery.clone(), ended));
    let mut poll = Poll::new(app.business.is_some());
    let result = if let Some(webhook) = &config.webhook {
        let secret = store::webhook_secret(&config.token);
        webhook::run(
            webhook,
            &secret,
            app.business.is_some(),
            &app.sender,
            delivery.clone(),
            &intake,
            stop,
        )
        .await
    } else {
        poll.run(&app.sender, &delivery, &intake, stop).await
    };
    intake.close();
    tracing::info!("stopping");
    // What is in the database is ours from here on, also if we are killed while we answer it.
    let acknowledged = store.health().updates_in_memory == 0;
    let acknowledge = async {
        if acknowledged {
            poll.acknowledge(&app.sender).await;
        }
    };
    let (drained, ()) = tokio::join!(delivery.drain(DRAIN_LIMIT), acknowledge);
    if !drained {
        tracing::warn!("stopped with messages unanswered; the next start answers them");
    }
    drop(end);
    // A round that has begun is finished: what it writes would else be handled again.
    let _ = upkeep.await;
    if let Err(error) = store.close().await {
        tracing::warn!(%error, "the last counts were not written");
    }
    if store.health().updates_in_memory > 0 {
        tracing::error!("the database is gone; what was not answered stays with Telegram");
    } else if !acknowledged {
        poll.acknowledge(&app.sender).await;
    }
    result
}

/// Keeps the store in order and sees to chats that it names, until the other end of the channel is dropped.
async fn tend(store: Arc<Store>, delivery: Arc<Incoming>, mut ended: oneshot::Receiver<()>) {
    while timeout(store::TEND_EVERY, &mut ended).await.is_err() {
        delivery.wake(store.tend().await);
    }
}

/// Registers commands and descriptions. In the background: the bot answers without them.
async fn introduce(app: Arc<App>) {
    let engine = app.engine();
    let sentences = &engine.faq().replies.sentences;
    let sender = &app.sender;
    let commands = [
        SetMyCommands::new(commands::private_menu()),
        SetMyCommands::new(commands::private_menu()).scope(BotCommandScope::AllPrivateChats),
        SetMyCommands::new(commands::group_menu()).scope(BotCommandScope::AllGroupChats),
    ];
    let mut results = Vec::new();
    for payload in commands {
        results.push(sender.call(&payload).await);
    }
    let description = SetMyDescription::new().description(sentences.description.trim());
    results.push(sender.call(&description).await);
    let short = SetMyShortDescription::new().short_description(sentences.short_description.trim());
    results.push(sender.call(&short).await);
    for error in results.into_iter().filter_map(Result::err) {
        tracing::warn!(%error, "the bot's commands or descriptions were not registered");
    }
    for operator in app.operators.iter().copied() {
        let chat_id = ChatId(i64::try_from(operator).unwrap_or_default()).into();
        let menu = SetMyCommands::new(commands::operator_menu());
        let menu = menu.scope(BotCommandScope::Chat { chat_id });
        // Telegram knows the chat only once the operator has written there; the command works without the menu.
        if let Err(error) = sender.call(&menu).await {
            tracing::debug!(%error, "an operator's menu was not registered");
        }
    }
}

impl Handler for Arc<App> {
    type Held = Held;
    const WAIT: Duration = pieces::WAIT;

    async fn handle(&self, update: Update, held: Option<Held>) -> Handled<Held> {
        let result = match update.kind {
            Kind::Message(message) => return self.handled(self.on_message(*message, held).await),
            Kind::Edited(message) => self.on_edited(*message, held).await,
            Kind::Callback(callback) => {
                let released = self.release_held(held).await;
                self.on_callback(*callback).await.and(released)
            }
            Kind::Inline(query) => self.on_inline(query).await,
            // In lanes of their own, in which nothing is ever held.
            Kind::Connection(connection) => return self.on_connection(connection).await,
            Kind::Business(message) => return self.on_business(*message).await,
            Kind::BusinessEdited(message) => return self.on_business_edited(*message).await,
            Kind::BusinessDeleted(deleted) => return self.on_business_deleted(deleted).await,
            // Nothing that a person said: what is held goes on waiting.
            Kind::Other => return held.map_or(Handled::Done, Handled::Held),
        };
        self.handled(result.map(|()| None))
    }

    async fn release(&self, held: Held) -> Handled<Held> {
        self.handled(self.release_held(Some(held)).await.map(|()| None))
    }

    async fn apologise(&self, lane: Lane) {
        self.counter.count(Event::Crashed);
        let Lane::Chat(chat) = lane else { return };
        let engine = self.engine();
        let text = render::sentence(&engine.faq().replies.sentences.failure);
        let message = Outgoing {
            chat,
            text: &text,
            keyboard: None,
            reply_to: None,
        };
        if let Err(error) = self.sender.message(&message).await {
            tracing::error!(%error, "an apology was not delivered");
        }
    }
}

/// The order to stop: SIGTERM, SIGINT from a terminal, or that the terminal is gone.
struct Stop {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
    from_terminal: bool,
}

impl Stop {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            from_terminal: std::io::stdin().is_terminal(),
        })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            () = Self::hung_up(&mut self.hangup, self.from_terminal) => {}
        }
    }

    /// Waits until the terminal from which the bot was started is gone. Everywhere else SIGHUP means something else.
    async fn hung_up(hangup: &mut tokio::signal::unix::Signal, from_terminal: bool) {
        while hangup.recv().await.is_some() {
            if from_terminal && !std::io::stdin().is_terminal() {
                return;
            }
        }
        std::future::pending().await
    }
}
