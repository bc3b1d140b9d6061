//! The binary `wf`: the library's command line and nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    wayfare::cli::main()
}
