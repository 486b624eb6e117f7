//! Backtalk beside what people would use instead, on the same phrasings and questions. `benches/run` runs it all.
//!
//! - `peers export DIR` writes phrasings and questions for the Python peers;
//! - `peers measure [--quick]` times Backtalk and the Rust peers, one JSON line each;
//! - `peers scale N` learns a synthetic FAQ of `N` phrasings, one JSON line;
//! - `peers footprint PROGRAM` measures the finished program, one JSON line;
//! - `peers report DIR` turns those lines into `RESULTS.md` and `results.svg`.

mod fake_server;
mod footprint;
mod lines;
mod measure;
mod methods;
mod plot;
mod report;
mod scale;

use std::path::Path;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["export", folder] => measure::export(Path::new(folder)),
        ["measure", rest @ ..] => measure::run(rest.contains(&"--quick")),
        ["scale", phrasings] => scale::run(phrasings.parse()?),
        ["footprint", program] => footprint::run(Path::new(program)),
        ["report", folder] => report::write(Path::new(folder)),
        _ => {
            anyhow::bail!("export DIR, measure [--quick], scale N, footprint PROGRAM or report DIR")
        }
    }
}
