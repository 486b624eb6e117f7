//! The bot behind a reverse proxy: who is let in, what is confirmed, and what operators are told.

use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection};

use super::crashes::{Lives, WEBHOOK};
use super::faults::small_faq;
use crate::support::http;
use crate::support::people::Person;
use crate::support::process::{Outcome, backtalk, run};
use crate::support::server::{Fault, Server, TOKEN};

#[test]
fn a_question_that_is_brought_is_answered() {
    let lives = Lives::in_webhook_mode();
    let bot = lives.start();
    let ann = Person::in_private(&lives.server);
    let reply = ann.says("What does it cost?");
    assert!(reply.text().contains("Five < six & cost."));
    assert!(ann.presses(&reply, "Topics").edit().has_button("group:"));
    let asked = lives
        .server
        .wait(0, "setWebhook", |call| call.method == "setwebhook");
    assert_eq!(asked.params["url"], WEBHOOK[0].1);
    assert_eq!(
        asked.params["allowed_updates"].as_array().map(Vec::len),
        Some(4)
    );
    bot.signal("TERM");
    bot.ended();
    assert!(
        lives.server.webhook().is_some(),
        "Telegram keeps what comes while the bot is away"
    );
}

#[test]
fn strangers_are_turned_away() {
    let lives = Lives::in_webhook_mode();
    let bot = lives.start();
    let ann = Person::in_private(&lives.server);
    ann.says("What does it cost?");
    let address = bot.address("WEBHOOK_LISTEN");
    let forged = json!({"update_id": 1, "message": {"message_id": 1, "text": "What does it cost?",
        "chat": {"id": 4711, "type": "private"}, "from": {"id": 4711}}})
    .to_string();
    let guess = "X-Telegram-Bot-Api-Secret-Token: guess\r\n";
    for (method, path, headers, status) in [
        ("POST", "/telegram/hook", "", 401),
        ("POST", "/telegram/hook", guess, 401),
        ("POST", "/telegram", guess, 404),
        ("GET", "/telegram/hook", "", 405),
        ("GET", "/metrics", "", 404),
    ] {
        let (answer, _) = http::request(&address, method, path, headers, &forged);
        assert_eq!(answer, status, "{method} {path} {headers}");
    }
    ann.says("Which table do you use?");
    assert!(!lives.answers().contains_key(&4711));
}

#[test]
fn an_update_that_is_brought_twice_is_answered_once() {
    let lives = Lives::in_webhook_mode();
    let bot = lives.start();
    let ann = Person::in_private(&lives.server);
    ann.says("What does it cost?");
    let secret = lives
        .server
        .wait(0, "setWebhook", |call| call.method == "setwebhook")
        .params["secret_token"]
        .clone();
    let header = format!(
        "X-Telegram-Bot-Api-Secret-Token: {}\r\n",
        secret.as_str().expect("a secret")
    );
    let update = json!({"update_id": 7, "message": {"message_id": 1, "text": "What does it cost?",
        "chat": {"id": 4711, "type": "private"}, "from": {"id": 4711}}})
    .to_string();
    for _ in 0..3 {
        let address = bot.address("WEBHOOK_LISTEN");
        let (status, _) = http::request(&address, "POST", "/telegram/hook", &header, &update);
        assert_eq!(status, 200);
    }
    ann.says("Which table do you use?");
    assert_eq!(lives.answers().get(&4711), Some(&1));
}

#[test]
fn a_webhook_that_cannot_be_set_at_once_or_is_lost_is_set_again() {
    let lives = Lives::in_webhook_mode();
    lives.server.plan("setWebhook", None, Fault::Status(502), 2);
    let _bot = lives.start();
    let ann = Person::in_private(&lives.server);
    ann.says("What does it cost?");
    let since = lives.server.forget_webhook();
    // The bot looks every half minute.
    lives
        .server
        .wait(since, "setWebhook", |call| call.method == "setwebhook");
    ann.says("Which table do you use?");
}

#[test]
fn a_bot_that_polls_again_removes_its_webhook() {
    let mut lives = Lives::in_webhook_mode();
    let bot = lives.start();
    let ann = Person::in_private(&lives.server);
    ann.says("What does it cost?");
    bot.signal("TERM");
    bot.ended();
    let since = ann.sends(&json!({"text": "Which table do you use?"}));
    lives.settings.clear();
    let _bot = lives.start();
    ann.hears(since);
    assert_eq!(lives.server.webhook(), None);
}

#[test]
fn an_address_that_telegram_refuses_is_one_clear_line_and_exit_code_2() {
    let (_server, url) = Server::start();
    let faq = small_faq();
    for (webhook, listen, code, words) in [
        (
            "http://bot.example/",
            "127.0.0.1:0",
            2,
            "An HTTPS URL must be provided",
        ),
        (
            "bot.example",
            "127.0.0.1:0",
            2,
            "WEBHOOK_URL is no web address",
        ),
        ("https://bot.example/", "localhost", 2, "WEBHOOK_LISTEN"),
        (
            "https://bot.example/",
            "192.0.2.1:1",
            1,
            "cannot listen on 192.0.2.1:1",
        ),
    ] {
        let mut command = backtalk(&["telegram", "--faq", &faq.path().to_string_lossy()]);
        command
            .env("TELOXIDE_TOKEN", TOKEN)
            .env("TELOXIDE_API_URL", &url)
            .env("DATABASE_URL", "sqlite::memory:")
            .env("WEBHOOK_URL", webhook)
            .env("WEBHOOK_LISTEN", listen)
            .env("LOG", "off");
        let outcome = run(command, "");
        assert_eq!(outcome.code, Some(code), "{outcome:?}");
        assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(words), "{}", outcome.stderr);
    }
}

#[test]
fn operators_are_told_how_it_is() {
    let lives = Lives::with(&[("METRICS_LISTEN", "0")]);
    let bot = lives.start();
    let ann = Person::in_private(&lives.server);
    lives
        .server
        .plan("sendMessage", Some(ann.chat), Fault::Status(502), 1);
    ann.says("What does it cost?");
    ann.says("zxcv qwer");
    let status = bot.address("METRICS_LISTEN");
    assert!(
        status.starts_with("127.0.0.1:"),
        "a port alone is not for the outside"
    );
    assert_eq!(http::get(&status, "/healthz"), (200, "alive\n".to_owned()));
    assert_eq!(http::get(&status, "/readyz"), (200, "ready\n".to_owned()));
    assert_eq!(http::get(&status, "/").0, 404);
    let asked = health(&status);
    assert_eq!((asked.code, &*asked.stdout), (Some(0), "ready\n"));
    let (code, metrics) = http::get(&status, "/metrics");
    assert_eq!(code, 200);
    for line in [
        "backtalk_updates_total{kind=\"message\"} 2\n",
        "backtalk_decisions_total{decision=\"answer\"} 1\n",
        "backtalk_decisions_total{decision=\"abstain\"} 1\n",
        "backtalk_retries_total{reason=\"server\"} 1\n",
        "backtalk_panics_total 0\n",
        "backtalk_store_up 1\n",
        "backtalk_inbox_updates{state=\"waiting\"} ",
        "backtalk_respond_seconds_bucket{le=",
        "backtalk_send_seconds_bucket{le=",
        "# TYPE backtalk_updates counter",
        "# EOF",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    let secret = TOKEN.split(':').next_back().unwrap_or_default();
    for private in [secret, "zxcv", &ann.chat.to_string()] {
        assert!(!metrics.contains(private), "{private} is in\n{metrics}");
    }
}

#[tokio::test]
async fn without_its_database_it_answers_and_says_that_it_is_not_ready() {
    let lives = Lives::with(&[("METRICS_LISTEN", "0")]);
    let bot = lives.start();
    let ann = Person::in_private(&lives.server);
    ann.says("What does it cost?");
    let status = bot.address("METRICS_LISTEN");
    let url = format!("sqlite://{}", lives.database().display());
    sqlx::any::install_default_drivers();
    let mut other = sqlx::AnyConnection::connect(&url)
        .await
        .expect("the bot's database");
    let mut locked = other.begin().await.expect("a transaction");
    let write = AssertSqlSafe("DELETE FROM inbox WHERE 1 = 0".to_owned());
    sqlx::raw_sql(write)
        .execute(&mut *locked)
        .await
        .expect("the lock");
    ann.says("Which table do you use?");
    let (code, troubles) = http::get(&status, "/readyz");
    assert_eq!(code, 503);
    assert!(
        troubles.contains("the database is not reachable"),
        "{troubles}"
    );
    let (code, alive) = http::get(&status, "/healthz");
    assert_eq!(code, 200, "a restart would not help");
    assert!(alive.contains("the database is not reachable"), "{alive}");
    let asked = health(&status);
    assert_eq!(asked.code, Some(1));
    assert!(
        asked.stderr.contains("the database is not reachable"),
        "{}",
        asked.stderr
    );
    assert!(
        http::get(&status, "/metrics")
            .1
            .contains("backtalk_store_up 0\n")
    );
    assert!(bot.log().contains("store is down"));
    locked.rollback().await.expect("the lock is given back");
    let end = Instant::now() + Duration::from_secs(30);
    while http::get(&status, "/readyz").0 != 200 {
        assert!(Instant::now() < end, "{}", bot.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(bot.log().contains("store is back"));
}

/// What the program says of a bot at this address.
fn health(listen: &str) -> Outcome {
    let mut command = backtalk(&["health"]);
    command.env("METRICS_LISTEN", listen);
    run(command, "")
}

#[test]
fn health_needs_to_know_where_and_somebody_who_answers() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let silent = nobody.local_addr().expect("an address").to_string();
    drop(nobody);
    for (listen, why) in [
        ("", "METRICS_LISTEN is not set"),
        (&*silent, "does not answer"),
    ] {
        let asked = health(listen);
        assert_eq!(asked.code, Some(1), "{asked:?}");
        assert!(asked.stderr.contains(why), "{}", asked.stderr);
    }
}
