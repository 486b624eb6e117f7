//! A Bot API server on the loopback with one message waiting: enough for a bot to start and to answer it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::{Value, json};

/// A token of the right form.
pub(crate) const TOKEN: &str = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";

const PATIENCE: Duration = Duration::from_secs(30);
/// How long a poll that finds nothing is held.
const HOLD: Duration = Duration::from_secs(5);

pub(crate) struct FakeServer {
    address: SocketAddr,
    answered: Receiver<Instant>,
}

impl FakeServer {
    /// Starts a server that has this message waiting.
    pub(crate) fn start(message: &str) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let (tell, answered) = channel();
        let waiting = Arc::new(AtomicBool::new(true));
        let message = message.to_owned();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (tell, waiting, message) = (tell.clone(), waiting.clone(), message.clone());
                // The bot closes the connection when it is stopped; that ends the thread.
                thread::spawn(move || serve(&stream, &tell, &waiting, &message));
            }
        });
        Ok(Self { address, answered })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until the bot has sent its answer; when that was.
    pub(crate) fn wait_for_answer(&self) -> anyhow::Result<Instant> {
        self.answered
            .recv_timeout(PATIENCE)
            .context("the bot has not answered")
    }
}

fn serve(
    stream: &TcpStream,
    tell: &Sender<Instant>,
    waiting: &AtomicBool,
    message: &str,
) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|&read| read > 0)?;
        let method = line
            .split_whitespace()
            .nth(1)?
            .rsplit('/')
            .next()?
            .to_lowercase();
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            if header.trim().is_empty() {
                break;
            }
            if let Some(value) = header.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let result = answer(&method, tell, waiting, message);
        let body = json!({"ok": true, "result": result}).to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let mut writer = stream;
        writer.write_all((head + &body).as_bytes()).ok()?;
    }
}

fn answer(method: &str, tell: &Sender<Instant>, waiting: &AtomicBool, message: &str) -> Value {
    let chat = json!({"id": 7, "type": "private", "first_name": "Ann"});
    match method {
        "getme" => {
            json!({"id": 110_201_543, "is_bot": true, "first_name": "Backtalk", "username": "backtalk_bot",
            "can_join_groups": true, "can_read_all_group_messages": false, "supports_inline_queries": true,
            "can_connect_to_business": false, "has_main_web_app": false})
        }
        "getupdates" if waiting.swap(false, Ordering::SeqCst) => {
            json!([{"update_id": 1, "message": {
            "message_id": 1, "date": 1_800_000_000, "chat": chat, "text": message,
            "from": {"id": 7, "is_bot": false, "first_name": "Ann"}}}])
        }
        "getupdates" => {
            thread::sleep(HOLD);
            json!([])
        }
        "getwebhookinfo" => {
            json!({"url": "", "has_custom_certificate": false, "pending_update_count": 0})
        }
        "sendmessage" => {
            // Nobody listens any more once the first answer is there.
            let _ = tell.send(Instant::now());
            json!({"message_id": 2, "date": 1_800_000_000, "chat": chat, "text": "answer"})
        }
        _ => json!(true),
    }
}
