//! How long things take, and how much they allocate: `cargo bench` in this folder.
//!
//! Times are a little higher than in the program, since every allocation is counted. `BENCH_QUICK=1` leaves the largest
//! FAQ out.

mod questions;
mod scaling;
mod start;

use divan::AllocProfiler;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}
