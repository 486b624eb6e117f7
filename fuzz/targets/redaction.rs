#![no_main]
#![allow(dead_code)] // Each target runs one of the checks.

#[path = "../../tests/suite/hostile/checks.rs"]
mod checks;
#[path = "../../tests/suite/support/markup.rs"]
mod markup;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::redaction(data));
