//! Asks the running bot whether it is ready, for supervisors and containers that have no HTTP client.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, bail};

use crate::config;

/// How long connecting, and each wait for a piece of the answer, may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Longest answer that is read, in bytes; it is a few lines.
const MAX_ANSWER: u64 = 64 * 1024;

/// Prints what the bot says of itself; fails unless that is that it is ready.
pub(super) fn run() -> anyhow::Result<()> {
    let Some(address) = config::metrics()? else {
        bail!("METRICS_LISTEN is not set; without it the bot has nowhere to be asked");
    };
    let address = reachable(address);
    let answer = ask(address).with_context(|| format!("the bot does not answer at {address}"))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    if head.split(' ').nth(1) == Some("200") {
        anstream::print!("{body}");
        return Ok(());
    }
    bail!("not ready: {}", body.trim().replace('\n', "; "))
}

/// One that listens everywhere is asked on this machine.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    address
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    // Version 1.0: the connection is closed at the end of the answer.
    write!(stream, "GET /readyz HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(MAX_ANSWER).read_to_string(&mut answer)?;
    Ok(answer)
}
