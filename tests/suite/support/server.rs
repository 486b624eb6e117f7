//! A Bot API server for tests, on the loopback: long polling with acknowledgement, the methods that the bot uses, the
//! checks and the error texts of the real one, webhooks as they come through a reverse proxy, and faults on demand.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use teloxide::Bot;

use super::markup;

/// Longest that a test waits for the bot.
const PATIENCE: Duration = Duration::from_secs(60);

/// The bot's name on this server.
pub(crate) const USERNAME: &str = "Backtalk_test_bot";
/// The bot's user id.
pub(crate) const BOT_ID: i64 = 110_201_543;
/// The token that the server knows.
pub(crate) const TOKEN: &str = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";

/// A request of the bot.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Method in lower case.
    pub(crate) method: String,
    /// Its parameters.
    pub(crate) params: Value,
    /// The file in it.
    pub(crate) file: Option<Upload>,
    /// What the server answered: the result, or the error's words.
    pub(crate) result: Result<Value, String>,
}

/// A file that the bot sent.
#[derive(Clone)]
pub(crate) struct Upload {
    /// Its name.
    pub(crate) name: String,
    /// What is in it.
    pub(crate) bytes: Vec<u8>,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes)", self.name, self.bytes.len())
    }
}

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// Status 429 with this many seconds to wait.
    Flood(u64),
    /// This status with a page in place of JSON.
    Status(u16),
    /// The connection is closed without an answer.
    Drop,
    /// Status 400 with these words.
    Refuse(&'static str),
    /// Status 403.
    Blocked,
    /// Status 401.
    Unauthorized,
    /// It is done, but the answer is cut off.
    Garble,
    /// Status 409: another program polls.
    Conflict,
    /// The answer takes this long.
    Delay(Duration),
}

#[derive(Debug)]
struct Planned {
    method: String,
    chat: Option<i64>,
    fault: Fault,
    times: usize,
}

#[derive(Debug, Default)]
struct Inner {
    updates: VecDeque<Value>,
    last_update: i64,
    calls: Vec<Call>,
    faults: Vec<Planned>,
    storm: Vec<(u64, Fault)>,
    dice: u64,
    messages: HashMap<(i64, i64), Value>,
    last_message: HashMap<i64, i64>,
    webhook: Option<Webhook>,
    doors: Vec<String>,
    accounts: HashMap<String, Value>,
    allowed: Value,
}

/// Where a bot wants its updates brought.
#[derive(Debug, Clone)]
struct Webhook {
    url: String,
    secret: String,
}

/// Serves routes on a free port, in a thread of their own, and does something beside; returns the address.
pub(super) fn listen(routes: Router, beside: impl Future<Output = ()> + Send + 'static) -> String {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async move {
            tokio::spawn(beside);
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
                .await
                .expect("a free port");
            tell.send(listener.local_addr().expect("an address"))
                .expect("the test waits");
            axum::serve(listener, routes).await.expect("served");
        });
    });
    format!("http://{}", told.recv().expect("the server starts"))
}

/// The server.
#[derive(Debug, Clone, Default)]
pub(crate) struct Server {
    inner: Arc<(Mutex<Inner>, Condvar)>,
    arrived: Arc<tokio::sync::Notify>,
}

impl Server {
    /// Starts a server on a free port; returns it with its address.
    pub(crate) fn start() -> (Self, String) {
        let server = Self::default();
        let routes = Router::new()
            .route("/{bot}/{method}", axum::routing::any(serve))
            .with_state(server.clone());
        let address = listen(routes, server.clone().bring_all());
        (server, address)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Puts an update in the queue; returns how many requests there were before.
    pub(crate) fn push(&self, kind: &str, content: Value) -> usize {
        let mut inner = self.lock();
        inner.last_update += 1;
        let update = json!({"update_id": 500_000 + inner.last_update, kind: content, "field_of_2031": [{"x": null}]});
        inner.updates.push_back(update);
        self.arrived.notify_waiters();
        inner.calls.len()
    }

    /// Puts several updates in the queue at once, so that one poll fetches them.
    pub(crate) fn push_all(&self, kind: &str, contents: Vec<Value>) -> usize {
        let mut inner = self.lock();
        for content in contents {
            inner.last_update += 1;
            let update = json!({"update_id": 500_000 + inner.last_update, kind: content});
            inner.updates.push_back(update);
        }
        self.arrived.notify_waiters();
        inner.calls.len()
    }

    /// Makes the next requests fail.
    pub(crate) fn plan(&self, method: &str, chat: Option<i64>, fault: Fault, times: usize) {
        self.lock().faults.push(Planned {
            method: method.to_lowercase(),
            chat,
            fault,
            times,
        });
    }

    /// Makes requests fail at random from now on, each fault in so many of a hundred.
    pub(crate) fn storm(&self, percent: &[(u64, Fault)]) {
        self.lock().storm = percent.to_vec();
    }

    /// How many requests there were.
    pub(crate) fn count(&self) -> usize {
        self.lock().calls.len()
    }

    /// How many updates are not acknowledged.
    pub(crate) fn pending(&self) -> usize {
        self.lock().updates.len()
    }

    /// All requests from the given place on that a test asks for.
    pub(crate) fn calls(&self, since: usize, wanted: impl Fn(&Call) -> bool) -> Vec<Call> {
        self.lock().calls[since..]
            .iter()
            .filter(|c| wanted(c))
            .cloned()
            .collect()
    }

    /// How often each chat was sent a message that was accepted.
    pub(crate) fn answers(&self) -> HashMap<i64, usize> {
        let mut answers = HashMap::new();
        for call in &self.lock().calls {
            if call.method == "sendmessage" && call.result.is_ok() {
                let chat = call.params["chat_id"].as_i64().unwrap_or_default();
                *answers.entry(chat).or_default() += 1;
            }
        }
        answers
    }

    /// Waits for a request.
    pub(crate) fn wait(&self, since: usize, what: &str, wanted: impl Fn(&Call) -> bool) -> Call {
        let end = Instant::now() + PATIENCE;
        let mut inner = self.lock();
        loop {
            if let Some(call) = inner.calls[since..].iter().find(|call| wanted(call)) {
                return call.clone();
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "no {what} within {PATIENCE:?}: {:#?}",
                &inner.calls[since..]
            );
            inner = self
                .inner
                .1
                .wait_timeout(inner, left)
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .0;
        }
    }

    /// A message as it stands now.
    pub(crate) fn message(&self, chat: i64, id: i64) -> Option<Value> {
        self.lock().messages.get(&(chat, id)).cloned()
    }

    /// Keeps a message of a person and numbers it.
    pub(crate) fn store(&self, chat: i64, mut message: Value) -> Value {
        let mut inner = self.lock();
        let id = inner.last_message.entry(chat).or_default();
        *id += 1;
        let id = *id;
        message["message_id"] = json!(id);
        inner.messages.insert((chat, id), message.clone());
        message
    }

    /// Sends what is brought by webhook to these addresses in turn, as a reverse proxy in front of several bots does.
    pub(crate) fn proxy_to(&self, doors: Vec<String>) {
        self.lock().doors = doors;
    }

    /// Connects an account, or changes what the bot may do there: a `BusinessConnection` of the Bot API.
    pub(crate) fn connect(&self, connection: &Value) {
        let id = connection["id"].as_str().expect("a name").to_owned();
        self.lock().accounts.insert(id, connection.clone());
    }

    /// The kinds of update that the last poll asked for.
    pub(crate) fn allowed(&self) -> Value {
        self.lock().allowed.clone()
    }

    /// Whether the bot may write for the account that a request names; the request may name none.
    fn check_account(&self, params: &Value) -> Result<(), String> {
        let Some(id) = params["business_connection_id"].as_str() else {
            return Ok(());
        };
        let inner = self.lock();
        let account = inner
            .accounts
            .get(id)
            .ok_or("Bad Request: business connection not found")?;
        if account["is_enabled"] == true && account["rights"]["can_reply"] == true {
            Ok(())
        } else {
            Err("Bad Request: BUSINESS_CONNECTION_NOT_ALLOWED".to_owned())
        }
    }

    /// The address that a bot has registered.
    pub(crate) fn webhook(&self) -> Option<String> {
        Some(self.lock().webhook.as_ref()?.url.clone())
    }

    /// Loses the webhook, as when another program removes it; returns how many requests there were before.
    pub(crate) fn forget_webhook(&self) -> usize {
        let mut inner = self.lock();
        inner.webhook = None;
        inner.calls.len()
    }

    /// The first update of a chat that is not among the busy ones, and where to bring it.
    fn next_to_bring(&self, busy: &HashSet<i64>) -> Option<(i64, Value, Webhook)> {
        let inner = self.lock();
        let webhook = inner.webhook.clone()?;
        let mut updates = inner.updates.iter().map(|update| (chat_of(update), update));
        let (chat, update) = updates.find(|(chat, _)| !busy.contains(chat))?;
        Some((chat, update.clone(), webhook))
    }

    /// Brings an update until a bot confirms it: at once to the next door, then in growing steps, as Telegram does only
    /// faster.
    async fn bring(self, client: Bot, chat: i64, update: Value, webhook: Webhook) -> i64 {
        let path = webhook.url.splitn(4, '/').nth(3).unwrap_or_default();
        for attempt in 0.. {
            let door = {
                let mut inner = self.lock();
                // None yet, when the first bot has told its address and the proxy was not told of it.
                let turn = inner.doors.len().min(1);
                inner.doors.rotate_left(turn);
                inner.doors.last().cloned().unwrap_or_default()
            };
            let request = client
                .client()
                .post(format!("http://{door}/{path}"))
                .header("content-type", "application/json")
                .header("X-Telegram-Bot-Api-Secret-Token", &webhook.secret)
                .body(update.to_string());
            if request
                .send()
                .await
                .is_ok_and(|answer| answer.status() == 200)
            {
                let id = &update["update_id"];
                self.lock()
                    .updates
                    .retain(|update| update["update_id"] != *id);
                break;
            }
            tokio::time::sleep(Duration::from_millis(20 * attempt.min(10))).await;
        }
        chat
    }

    /// Brings updates for as long as a webhook is set: each chat's in order, forty chats at once.
    async fn bring_all(self) {
        let client = Bot::new(TOKEN);
        let (mut busy, mut tasks) = (HashSet::new(), tokio::task::JoinSet::new());
        loop {
            let next = (busy.len() < 40)
                .then(|| self.next_to_bring(&busy))
                .flatten();
            if let Some((chat, update, webhook)) = next {
                busy.insert(chat);
                tasks.spawn(self.clone().bring(client.clone(), chat, update, webhook));
                continue;
            }
            let moment = Duration::from_millis(5);
            if let Ok(Some(Ok(chat))) = tokio::time::timeout(moment, tasks.join_next()).await {
                busy.remove(&chat);
            } else {
                tokio::time::sleep(moment).await;
            }
        }
    }

    fn fault(&self, method: &str, params: &Value) -> Option<Fault> {
        let mut inner = self.lock();
        if !inner.storm.is_empty() {
            // Knuth's generator; the same storm in every run.
            let dice = inner.dice.wrapping_mul(6_364_136_223_846_793_005);
            inner.dice = dice.wrapping_add(1_442_695_040_888_963_407);
            let mut roll = (inner.dice >> 33) % 100;
            for (percent, fault) in &inner.storm {
                if roll < *percent {
                    return Some(*fault);
                }
                roll -= percent;
            }
        }
        let chat = params["chat_id"].as_i64();
        let planned = inner.faults.iter_mut().find(|planned| {
            planned.times > 0
                && planned.method == method
                && planned.chat.is_none_or(|wanted| chat == Some(wanted))
        })?;
        planned.times -= 1;
        Some(planned.fault)
    }

    async fn updates(&self, params: &Value) -> Value {
        let wait = Duration::from_secs(params["timeout"].as_u64().unwrap_or_default());
        let end = tokio::time::Instant::now() + wait;
        let offset = params["offset"].as_i64().unwrap_or_default();
        let limit = params["limit"].as_u64().unwrap_or(100);
        self.lock().allowed = params["allowed_updates"].clone();
        loop {
            let arrived = self.arrived.notified();
            {
                let mut inner = self.lock();
                inner
                    .updates
                    .retain(|update| update["update_id"].as_i64() >= Some(offset));
                if !inner.updates.is_empty() {
                    let batch = inner.updates.iter().take(limit as usize).cloned();
                    return Value::Array(batch.collect());
                }
            }
            if tokio::time::timeout_at(end, arrived).await.is_err() {
                return json!([]);
            }
        }
    }

    fn handle(&self, method: &str, params: &Value) -> Result<Value, String> {
        match method {
            "getme" => Ok(
                json!({"id": BOT_ID, "is_bot": true, "first_name": "Backtalk", "username": USERNAME,
                "can_join_groups": true, "can_read_all_group_messages": false, "supports_inline_queries": true,
                "can_connect_to_business": false, "has_main_web_app": false, "power_of_2031": 3}),
            ),
            "setmycommands" | "setmydescription" | "setmyshortdescription" | "sendchataction" => {
                Ok(json!(true))
            }
            "setwebhook" => self.set_webhook(params),
            "deletewebhook" => {
                self.lock().webhook = None;
                Ok(json!(true))
            }
            "getwebhookinfo" => Ok(json!({"url": self.webhook().unwrap_or_default(),
                "has_custom_certificate": false, "pending_update_count": self.pending()})),
            "sendmessage" => self.send("text", params),
            "sendphoto" | "senddocument" => self.send("caption", params),
            "editmessagetext" | "editmessagereplymarkup" => self.edit(method, params),
            "deletemessage" => {
                let key = (
                    params["chat_id"].as_i64().unwrap_or(0),
                    params["message_id"].as_i64().unwrap_or(0),
                );
                self.lock()
                    .messages
                    .remove(&key)
                    .map(|_| json!(true))
                    .ok_or("Bad Request: message to delete not found".to_owned())
            }
            "answercallbackquery" => {
                let text = params["text"].as_str().unwrap_or_default();
                if text.chars().count() > 200 {
                    return Err("Bad Request: MESSAGE_TOO_LONG".to_owned());
                }
                Ok(json!(true))
            }
            "answerinlinequery" => inline(params),
            "getbusinessconnection" => {
                let id = params["business_connection_id"]
                    .as_str()
                    .unwrap_or_default();
                let account = self.lock().accounts.get(id).cloned();
                account.ok_or("Bad Request: business connection not found".to_owned())
            }
            "deletebusinessmessages" => self.check_account(params).map(|()| json!(true)),
            _ => Err("Not Found".to_owned()),
        }
    }

    /// Has updates brought to an address, as when a bot asks for it.
    pub(crate) fn set_webhook(&self, params: &Value) -> Result<Value, String> {
        let url = params["url"].as_str().unwrap_or_default();
        if !url.starts_with("https://") {
            return Err(
                "Bad Request: bad webhook: An HTTPS URL must be provided for webhook".to_owned(),
            );
        }
        self.lock().webhook = Some(Webhook {
            url: url.to_owned(),
            secret: params["secret_token"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        });
        Ok(json!(true))
    }

    fn send(&self, field: &str, params: &Value) -> Result<Value, String> {
        let chat = params["chat_id"]
            .as_i64()
            .ok_or("Bad Request: chat_id is empty")?;
        self.check_account(params)?;
        let (text, entities) = formatted(params, field)?;
        if field == "caption" && markup::units(&text) > 1024 {
            return Err("Bad Request: message caption is too long".to_owned());
        }
        check_markup(&params["reply_markup"])?;
        let kind = if chat < 0 { "supergroup" } else { "private" };
        let mut message = json!({"date": 1_800_000_000, field: text, "entities": entities, "field_of_2031": {},
            "from": {"id": BOT_ID, "is_bot": true, "first_name": "Backtalk", "username": USERNAME},
            "chat": {"id": chat, "type": kind, "title": "x", "first_name": "x"}});
        if params["reply_markup"].is_object() {
            message["reply_markup"] = params["reply_markup"].clone();
        }
        if let Some(id) = params["reply_parameters"]["message_id"].as_i64() {
            match self.message(chat, id) {
                Some(original) => message["reply_to_message"] = original,
                None if params["reply_parameters"]["allow_sending_without_reply"] == true => {}
                None => return Err("Bad Request: message to be replied not found".to_owned()),
            }
        }
        Ok(self.store(chat, message))
    }

    fn edit(&self, method: &str, params: &Value) -> Result<Value, String> {
        let chat = params["chat_id"]
            .as_i64()
            .ok_or("Bad Request: chat_id is empty")?;
        self.check_account(params)?;
        let id = params["message_id"]
            .as_i64()
            .ok_or("Bad Request: message identifier is not specified")?;
        let old = self
            .message(chat, id)
            .ok_or("Bad Request: message to edit not found")?;
        let mut new = old.clone();
        if method == "editmessagetext" && old["text"].is_null() {
            return Err("Bad Request: there is no text in the message to edit".to_owned());
        }
        if method == "editmessagetext" {
            let (text, entities) = formatted(params, "text")?;
            new["text"] = json!(text);
            new["entities"] = entities;
        }
        check_markup(&params["reply_markup"])?;
        match params["reply_markup"].as_object() {
            Some(markup) => new["reply_markup"] = json!(markup),
            None => drop(new.as_object_mut().and_then(|m| m.remove("reply_markup"))),
        }
        if new == old {
            return Err("Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message".to_owned());
        }
        self.lock().messages.insert((chat, id), new.clone());
        Ok(new)
    }
}

async fn serve(
    State(server): State<Server>,
    Path((bot, method)): Path<(String, String)>,
    request: Request,
) -> Response {
    let method = method.to_lowercase();
    let (params, file) = read(request).await;
    if bot != format!("bot{TOKEN}") {
        return refused(401, "Unauthorized", json!(null));
    }
    let fault = server.fault(&method, &params);
    let result = match fault {
        Some(Fault::Garble) => server.handle(&method, &params),
        Some(Fault::Delay(delay)) => {
            tokio::time::sleep(delay).await;
            server.handle(&method, &params)
        }
        Some(fault) => Err(format!("{fault:?}")),
        None if method == "getupdates" && server.webhook().is_some() => Err(CONFLICT.to_owned()),
        None if method == "getupdates" => Ok(server.updates(&params).await),
        None => server.handle(&method, &params),
    };
    if method != "getupdates" || fault.is_some() {
        let call = Call {
            method: method.clone(),
            params,
            file,
            result: result.clone(),
        };
        server.lock().calls.push(call);
        server.inner.1.notify_all();
    }
    match (fault, result) {
        (Some(Fault::Garble), _) => "{\"ok\": tr".into_response(),
        (_, Ok(result)) => axum::Json(json!({"ok": true, "result": result})).into_response(),
        (Some(Fault::Flood(seconds)), _) => refused(
            429,
            &format!("Too Many Requests: retry after {seconds}"),
            json!({"retry_after": seconds}),
        ),
        (Some(Fault::Status(status)), _) => (
            StatusCode::from_u16(status).expect("a status"),
            "<html>Bad Gateway</html>",
        )
            .into_response(),
        // Unwinding without the panic message: hyper closes the connection.
        (Some(Fault::Drop), _) => std::panic::resume_unwind(Box::new(())),
        (Some(Fault::Refuse(words)), _) => refused(400, words, json!(null)),
        (Some(Fault::Blocked), _) => {
            refused(403, "Forbidden: bot was blocked by the user", json!(null))
        }
        (Some(Fault::Unauthorized), _) => refused(401, "Unauthorized", json!(null)),
        (Some(Fault::Conflict), _) => refused(
            409,
            "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            json!(null),
        ),
        (_, Err(words)) => {
            let code = match words.as_str() {
                "Not Found" => 404,
                CONFLICT => 409,
                _ => 400,
            };
            refused(code, &words, json!(null))
        }
    }
}

/// What a poll is told while a webhook is set.
const CONFLICT: &str = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";

/// In whose queue an update is.
fn chat_of(update: &Value) -> i64 {
    let message = [
        &update["message"],
        &update["callback_query"]["message"],
        &update["business_message"],
    ];
    let chat = message
        .iter()
        .find_map(|message| message["chat"]["id"].as_i64());
    chat.unwrap_or_default()
}

/// The parameters of a request, as JSON or as a form with a file.
async fn read(request: Request) -> (Value, Option<Upload>) {
    let kind = request.headers().get("content-type");
    let is_form = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/"));
    if !is_form {
        let body = axum::body::to_bytes(request.into_body(), usize::MAX).await;
        let body = body.unwrap_or_default();
        let params = serde_json::from_slice(&body).unwrap_or_else(|_| json!({}));
        return (params, None);
    }
    let mut form = Multipart::from_request(request, &()).await.expect("a form");
    let (mut params, mut file) = (json!({}), None);
    while let Some(part) = form.next_field().await.expect("a whole form") {
        let name = part.name().expect("a name").to_owned();
        if let Some(file_name) = part.file_name().map(str::to_owned) {
            let bytes = part.bytes().await.expect("a whole file").to_vec();
            params[&name] = json!("attached");
            file = Some(Upload {
                name: file_name,
                bytes,
            });
        } else {
            let text = part.text().await.expect("text");
            let is_text = name == "caption" || name == "parse_mode";
            let value = serde_json::from_str(&text).ok().filter(|_| !is_text);
            params[&name] = value.unwrap_or(json!(text));
        }
    }
    (params, file)
}

fn refused(code: u16, description: &str, parameters: Value) -> Response {
    let mut body = json!({"ok": false, "error_code": code, "description": description});
    if !parameters.is_null() {
        body["parameters"] = parameters;
    }
    (
        StatusCode::from_u16(code).expect("a status"),
        axum::Json(body),
    )
        .into_response()
}

/// The text of a request as people see it, checked as the real server checks it.
fn formatted(params: &Value, field: &str) -> Result<(String, Value), String> {
    let source = params[field].as_str().unwrap_or_default();
    let (text, entities) = match params["parse_mode"].as_str() {
        Some("HTML") => {
            markup::parse(source).map_err(|e| format!("Bad Request: can't parse entities: {e}"))?
        }
        None => (source.to_owned(), Vec::new()),
        Some(other) => return Err(format!("Bad Request: unsupported parse_mode {other}")),
    };
    if text.trim().is_empty() {
        return Err("Bad Request: message text is empty".to_owned());
    }
    if markup::units(&text) > 4096 {
        return Err("Bad Request: message is too long".to_owned());
    }
    let entities = entities
        .iter()
        .map(|e| json!({"type": e.kind, "offset": e.offset, "length": e.length}));
    Ok((text, entities.collect()))
}

fn check_markup(markup: &Value) -> Result<(), String> {
    let rows = markup["inline_keyboard"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    for button in rows.iter().filter_map(Value::as_array).flatten() {
        let data = button["callback_data"].as_str();
        if data.is_some_and(|data| data.is_empty() || data.len() > 64) {
            return Err("Bad Request: BUTTON_DATA_INVALID".to_owned());
        }
        if button["text"]
            .as_str()
            .is_none_or(|text| text.trim().is_empty())
        {
            return Err(
                "Bad Request: can't parse inline keyboard button: text is empty".to_owned(),
            );
        }
        let url = button["url"].as_str();
        if data.is_none() && url.is_none_or(|url| !url.starts_with("https://")) {
            return Err("Bad Request: BUTTON_TYPE_INVALID".to_owned());
        }
    }
    Ok(())
}

fn inline(params: &Value) -> Result<Value, String> {
    let results = params["results"].as_array().cloned().unwrap_or_default();
    if results.len() > 50 {
        return Err("Bad Request: RESULTS_TOO_MUCH".to_owned());
    }
    let mut ids = std::collections::HashSet::new();
    for result in &results {
        let id = result["id"].as_str().unwrap_or_default();
        if id.is_empty() || id.len() > 64 || !ids.insert(id) {
            return Err("Bad Request: RESULT_ID_INVALID".to_owned());
        }
        formatted(&result["input_message_content"], "message_text")?;
        check_markup(&result["reply_markup"])?;
    }
    Ok(json!(true))
}
