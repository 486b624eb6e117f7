//! The `backtalk` program: hands the command line to the library and its outcome to the shell.

use std::process::ExitCode;

fn main() -> ExitCode {
    backtalk::cli::main()
}
