//! A mail server of a few lines on loopback that does at each step just what a test says.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Where in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    Greeting,
    Hello,
    Starttls,
    Login,
    From,
    To,
    Data,
    /// After the final dot.
    Letter,
}

/// What happens there instead of a good answer.
#[derive(Clone, Debug)]
pub(super) enum Does {
    Says(&'static str),
    Closes,
    Hangs,
}

#[derive(Debug, Default)]
struct Told {
    letters: Vec<String>,
    lines: Vec<String>,
}

/// The server. Its threads end with the test.
pub(super) struct Post {
    port: u16,
    told: Arc<Mutex<Told>>,
}

impl Post {
    /// `odd` is what goes otherwise, in which conversation, counted from 1; 0 is each.
    pub(super) fn start(odd: &[(usize, At, Does)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let told = Arc::<Mutex<Told>>::default();
        let (shared, odd) = (Arc::clone(&told), odd.to_vec());
        std::thread::spawn(move || {
            for (number, stream) in (1..).zip(listener.incoming()) {
                let (shared, odd) = (Arc::clone(&shared), odd.clone());
                std::thread::spawn(move || {
                    let odd = odd.into_iter().filter(|(at, ..)| *at == number || *at == 0);
                    let odd = odd.map(|(_, at, does)| (at, does)).collect::<Vec<_>>();
                    let _ = talk(stream.unwrap(), &odd, &shared);
                });
            }
        });
        Self { port, told }
    }

    pub(super) fn url(&self) -> String {
        format!("{}?tls=none", self.starttls_url())
    }

    pub(super) fn starttls_url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// The letters it had whole, whatever it said of them.
    pub(super) fn letters(&self) -> Vec<String> {
        self.told.lock().unwrap().letters.clone()
    }

    /// What it was told outside of letters.
    pub(super) fn lines(&self) -> Vec<String> {
        self.told.lock().unwrap().lines.clone()
    }
}

/// A header of a letter, unfolded.
pub(super) fn header(letter: &str, name: &str) -> String {
    let head = letter.split_once("\r\n\r\n").unwrap().0.replace("\r\n ", " ");
    let start = format!("{name}: ");
    head.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_default().to_owned()
}

fn talk(mut stream: TcpStream, odd: &[(At, Does)], told: &Mutex<Told>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut answer = |at: At, good: &str| -> std::io::Result<bool> {
        match odd.iter().find(|(odd, _)| *odd == at).map(|(_, does)| does) {
            Some(Does::Closes) => return Ok(false),
            Some(Does::Hangs) => {
                std::thread::sleep(Duration::from_mins(1));
                return Ok(false);
            }
            Some(Does::Says(text)) => stream.write_all(text.as_bytes())?,
            None => stream.write_all(good.as_bytes())?,
        }
        Ok(true)
    };
    if !answer(At::Greeting, "220 mail.test\r\n")? {
        return Ok(());
    }
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        told.lock().unwrap().lines.push(line.trim_end().to_owned());
        let word = line.split([' ', '\r']).next().unwrap_or_default();
        let goes_on = match word {
            "EHLO" => {
                answer(At::Hello, "250-mail.test\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n")?
            }
            "STARTTLS" => answer(At::Starttls, "220 go\r\n")?,
            "AUTH" => answer(At::Login, "235 in\r\n")?,
            "MAIL" => answer(At::From, "250 ok\r\n")?,
            "RCPT" => answer(At::To, "250 ok\r\n")?,
            "DATA" => {
                let goes_on = answer(At::Data, "354 go\r\n")?;
                let is_wanted = goes_on && !odd.iter().any(|(at, _)| *at == At::Data);
                if is_wanted {
                    let mut letter = String::new();
                    while !letter.ends_with("\r\n.\r\n") {
                        if reader.read_line(&mut letter)? == 0 {
                            return Ok(());
                        }
                    }
                    told.lock().unwrap().letters.push(letter);
                    answer(At::Letter, "250 queued as 4711\r\n")?
                } else {
                    goes_on
                }
            }
            _ => answer(At::Greeting, "221 bye\r\n")?,
        };
        if !goes_on {
            return Ok(());
        }
    }
}
