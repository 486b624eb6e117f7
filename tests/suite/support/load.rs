//! A Bot API server that answers at once and costs little, so that what is measured is the bot: it makes questions up as
//! they are fetched, counts replies, and keeps none of either.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::server::{BOT_ID, USERNAME, listen};

/// Number of the first chat; as long as real ones.
const FIRST_CHAT: u64 = 7_500_000_000;

/// Longest time without a single reply.
const PATIENCE: Duration = Duration::from_secs(60);

/// Many people who ask.
#[derive(Clone)]
pub(crate) struct Load {
    inner: Arc<(Mutex<Inner>, Condvar)>,
    asked: Arc<Notify>,
}

struct Inner {
    /// As JSON strings.
    questions: Vec<String>,
    /// How many updates there are to fetch; they are numbered from 1.
    updates: u64,
    /// Since when each chat waits for a reply.
    waiting: Vec<Option<Instant>>,
    polls: u64,
    answered: u64,
    /// Messages to chats that did not wait for one.
    unasked: u64,
    waits: Vec<Duration>,
}

impl Load {
    /// Starts a server on a free port, for so many chats that take turns with these questions; returns it with its
    /// address.
    pub(crate) fn start(questions: &[String], chats: usize) -> (Self, String) {
        let inner = Inner {
            questions: questions.iter().map(|q| json!(q).to_string()).collect(),
            updates: 0,
            waiting: vec![None; chats],
            polls: 0,
            answered: 0,
            unasked: 0,
            waits: Vec::new(),
        };
        let load = Self {
            inner: Arc::new((Mutex::new(inner), Condvar::new())),
            asked: Arc::default(),
        };
        let routes = Router::new()
            .route("/{bot}/{method}", axum::routing::any(serve))
            .with_state(load.clone());
        let address = listen(routes, std::future::ready(()));
        (load, address)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Waits until the bot fetches updates.
    pub(crate) fn bot_is_there(&self) {
        self.wait(|inner| inner.polls > 0);
    }

    /// The next chats ask one question each.
    pub(crate) fn ask(&self, questions: u64) {
        let mut inner = self.lock();
        for _ in 0..questions {
            inner.updates += 1;
            let chat = inner.chat(inner.updates);
            let before = inner.waiting[chat].replace(Instant::now());
            assert!(before.is_none(), "a chat that waits asks again");
        }
        drop(inner);
        self.asked.notify_waiters();
    }

    /// Waits until at most so many questions are unanswered.
    pub(crate) fn wait_for_all_but(&self, open: u64) {
        self.wait(|inner| inner.answered + open >= inner.updates);
    }

    /// Messages to chats that had asked nothing, or were answered already.
    pub(crate) fn unasked(&self) -> u64 {
        self.lock().unasked
    }

    /// How long each chat waited for its reply since this was last asked, shortest first.
    pub(crate) fn waits(&self) -> Vec<Duration> {
        let mut waits = std::mem::take(&mut self.lock().waits);
        waits.sort_unstable();
        waits
    }

    fn wait(&self, is_so: impl Fn(&Inner) -> bool) {
        let mut inner = self.lock();
        let (mut answered, mut since) = (inner.answered, Instant::now());
        while !is_so(&inner) {
            if inner.answered > answered {
                (answered, since) = (inner.answered, Instant::now());
            }
            assert!(since.elapsed() < PATIENCE, "{answered} replies, then none");
            let step = Duration::from_millis(50);
            let waited = self.inner.1.wait_timeout(inner, step);
            inner = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
    }

    async fn updates(&self, params: &Value) -> String {
        let seconds = params["timeout"].as_u64().unwrap_or_default();
        let end = tokio::time::Instant::now() + Duration::from_secs(seconds);
        let first = params["offset"].as_u64().unwrap_or_default().max(1);
        let limit = params["limit"].as_u64().unwrap_or(100);
        loop {
            let asked = self.asked.notified();
            {
                let mut inner = self.lock();
                inner.polls += 1;
                self.inner.1.notify_all();
                if first <= inner.updates {
                    let last = inner.updates.min(first + limit - 1);
                    let batch: Vec<String> = (first..=last).map(|id| inner.update(id)).collect();
                    return format!("[{}]", batch.join(","));
                }
            }
            if tokio::time::timeout_at(end, asked).await.is_err() {
                return "[]".to_owned();
            }
        }
    }
}

impl Inner {
    /// Which chat asks with an update.
    fn chat(&self, update: u64) -> usize {
        usize::try_from(update).expect("fits") % self.waiting.len()
    }

    /// An update as Telegram brings it.
    fn update(&self, id: u64) -> String {
        let chat = FIRST_CHAT + self.chat(id) as u64;
        let text = &self.questions[usize::try_from(id).expect("fits") % self.questions.len()];
        format!(
            r#"{{"update_id":{id},"message":{{"message_id":{id},"date":1800000000,"from":{{"id":{chat},"is_bot":false,"first_name":"Ann","last_name":"O'Neil","username":"ann_{chat}","language_code":"en"}},"chat":{{"id":{chat},"first_name":"Ann","last_name":"O'Neil","username":"ann_{chat}","type":"private"}},"text":{text}}}}}"#
        )
    }

    fn answer(&mut self, chat: u64) {
        let chat = chat.checked_sub(FIRST_CHAT).map(usize::try_from);
        let waiting = chat.and_then(|chat| self.waiting.get_mut(chat.ok()?));
        match waiting.and_then(Option::take) {
            Some(since) => {
                self.answered += 1;
                self.waits.push(since.elapsed());
            }
            None => self.unasked += 1,
        }
    }
}

async fn serve(
    State(load): State<Load>,
    Path((_, method)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    let params: Value = serde_json::from_slice(&body).unwrap_or_default();
    let result = match &*method {
        "GetUpdates" => load.updates(&params).await,
        "GetMe" => {
            json!({"id": BOT_ID, "is_bot": true, "first_name": "Backtalk", "username": USERNAME})
                .to_string()
        }
        "SendMessage" => {
            let chat = params["chat_id"].as_u64().unwrap_or_default();
            load.lock().answer(chat);
            load.inner.1.notify_all();
            json!({"message_id": 1, "date": 1_800_000_000, "chat": {"id": chat, "type": "private"},
                "text": params["text"], "reply_markup": params["reply_markup"]})
            .to_string()
        }
        _ => "true".to_owned(),
    };
    let body = format!(r#"{{"ok":true,"result":{result}}}"#);
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}
