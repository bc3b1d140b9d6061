//! The doorway to the terminal where a person types what nobody is to see: a passphrase, a secret's value.
//!
//! It is `/dev/tty`, so standard input may come from elsewhere. Invariant: the terminal shows what is typed again
//! afterwards, however the asking ends.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// The most bytes that are typed.
const MAX_TYPED: usize = 64 << 10;

/// Asks for a line that isn't shown; none where there is no terminal.
///
/// # Errors
/// Kind `Interrupted` where the person gives up.
pub fn hidden(prompt: &str) -> io::Result<Option<Zeroizing<String>>> {
    let Ok(mut terminal) = OpenOptions::new().read(true).write(true).open("/dev/tty") else { return Ok(None) };
    let silent = Silent::make(terminal.try_clone()?)?;
    terminal.write_all(prompt.as_bytes())?;
    let typed = typed(&mut terminal);
    terminal.write_all(b"\n")?;
    drop(silent);
    typed.map(Some)
}

/// A terminal that shows nothing of what is typed, until this is dropped.
struct Silent {
    terminal: File,
    before: Termios,
}

impl Silent {
    fn make(terminal: File) -> io::Result<Silent> {
        let before = tcgetattr(&terminal)?;
        let mut silent = before.clone();
        // Signals as well: one would end the process with the terminal silent.
        silent.local_modes &= !(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        silent.special_codes[SpecialCodeIndex::VMIN] = 1;
        silent.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(&terminal, OptionalActions::Flush, &silent)?;
        Ok(Silent { terminal, before })
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        // A terminal that is gone needs it no more.
        let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
    }
}

fn typed(terminal: &mut File) -> io::Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(Vec::with_capacity(MAX_TYPED));
    let mut byte = [0];
    loop {
        if terminal.read(&mut byte)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match byte[0] {
            b'\r' | b'\n' => break,
            // Ctrl-C, Ctrl-D, Ctrl-\
            0x03 | 0x04 | 0x1c => return Err(io::ErrorKind::Interrupted.into()),
            // Ctrl-U
            0x15 => line.clear(),
            0x08 | 0x7f => erase(&mut line),
            byte if line.len() < MAX_TYPED => line.push(byte),
            _ => return Err(io::Error::other("more was typed than a secret may have")),
        }
    }
    let text = std::str::from_utf8(&line).map_err(|_| io::Error::other("what was typed is no UTF-8 text"))?;
    Ok(Zeroizing::new(text.to_string()))
}

/// Takes the last character away.
fn erase(line: &mut Vec<u8>) {
    while line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
}
