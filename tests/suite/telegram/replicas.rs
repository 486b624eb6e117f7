//! Two bots behind one proxy, on one PostgreSQL: together they are one bot that outlives the death of half of it.

use std::time::Duration;

use serde_json::json;

use super::crashes::{Lives, WEBHOOK};
use crate::support::bot::Bot;
use crate::support::http;
use crate::support::people::Person;
use crate::support::postgres;
use crate::support::server::Fault;

/// How long a reply takes to be accepted.
const ROUND_TRIP: Duration = Duration::from_millis(100);

/// Two bots that share the work.
fn pair(test: &str) -> (Lives, [Bot; 2]) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let url = runtime.block_on(postgres::schema(test));
    let lives = Lives::with(&[
        WEBHOOK[0],
        WEBHOOK[1],
        ("DATABASE_URL", &url),
        ("METRICS_LISTEN", "0"),
    ]);
    let bots = [lives.start(), lives.start()];
    lives.server.proxy_to(
        bots.iter()
            .map(|bot| bot.address("WEBHOOK_LISTEN"))
            .collect(),
    );
    lives
        .server
        .plan("sendMessage", None, Fault::Delay(ROUND_TRIP), usize::MAX);
    (lives, bots)
}

#[test]
#[ignore = "needs a PostgreSQL server: set TEST_POSTGRES_URL and add --include-ignored"]
fn one_of_two_replicas_killed_under_load_loses_nothing_and_repeats_only_what_was_in_flight() {
    let (lives, [doomed, _survivor]) = pair("replica_killed");
    let mut people = Vec::new();
    for number in 1..=200 {
        let person = Person::in_private(&lives.server);
        person.sends(&json!({"text": "What does it cost?"}));
        people.push(person);
        std::thread::sleep(Duration::from_millis(10));
        if number == 100 {
            // In the midst of the work: something was answered, and not everything.
            lives.wait_for_answers(50);
            doomed.signal("KILL");
        }
    }
    lives.wait_for_answers(people.len());
    let answers = lives.answers();
    let unanswered = people.iter().filter(|p| !answers.contains_key(&p.chat));
    assert_eq!(unanswered.count(), 0);
    // A hundred a second for a tenth of one are ten in flight, in both together; as many again for a slow machine.
    let twice = answers.values().filter(|&&times| times > 1).count();
    assert!(twice <= 20, "{twice} were answered twice");
    assert!(answers.values().all(|&times| times <= 2));
}

#[test]
#[ignore = "needs a PostgreSQL server: set TEST_POSTGRES_URL and add --include-ignored"]
fn two_replicas_keep_each_chat_in_order_and_answer_everything_once() {
    let (lives, bots) = pair("replicas_in_order");
    let since = lives.server.count();
    let people: Vec<Person> = (0..20).map(|_| Person::in_private(&lives.server)).collect();
    let questions = ["What does it cost?", "Which table do you use?"];
    for turn in 0..6 {
        for person in &people {
            person.sends(&json!({"text": questions[turn % 2]}));
        }
    }
    let all = people.len() * 6;
    let sent = |chat: i64| {
        lives.server.calls(since, move |call| {
            call.method == "sendmessage" && call.params["chat_id"] == chat
        })
    };
    let end = std::time::Instant::now() + Duration::from_secs(60);
    while lives.answers().values().sum::<usize>() < all {
        assert!(std::time::Instant::now() < end, "{:?}", lives.answers());
        std::thread::sleep(Duration::from_millis(20));
    }
    for bot in &bots {
        let (_, metrics) = http::get(&bot.address("METRICS_LISTEN"), "/metrics");
        let answered = "backtalk_decisions_total{decision=\"answer\"}";
        assert!(metrics.contains(answered), "both have a part in it");
    }
    for person in people {
        let texts: Vec<bool> = sent(person.chat)
            .iter()
            .map(|call| {
                call.params["text"]
                    .as_str()
                    .is_some_and(|text| text.contains("cost"))
            })
            .collect();
        assert_eq!(texts, [true, false, true, false, true, false]);
    }
}
