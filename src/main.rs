//! The executable; all code is in the library.

fn main() -> std::process::ExitCode {
    fotota::cli::main()
}
