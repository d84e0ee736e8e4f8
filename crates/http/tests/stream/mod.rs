//! Bodies that are not held whole, against servers that break off or stand still, on loopback.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use launchway_base::Deadline;
use launchway_http::{Client, HttpError, Opened, Proxies, Request, Response, Settings, block_on};

use crate::server::{Answer, Server};

fn client(deadline: Deadline) -> Client {
    let timeout = Duration::from_millis(400);
    let proxies = Some(Proxies::default());
    Client::new(Settings { timeout, proxies, deadline, ..Settings::default() }).unwrap()
}

/// Sends what one server gives to another.
fn pipe(from: &str, to: &str, size: u64) -> Result<Response, HttpError> {
    let (from, to) = (Request::get(from).unwrap(), Request::put(to).unwrap());
    block_on(async {
        let client = client(Deadline::none());
        let Opened::Stream(download) = client.open(&from).await? else { panic!("no stream") };
        client.upload(&to, size, download.body).await
    })
    .unwrap()
}

/// A server that sends this and then nothing; it never reads more than one buffer.
fn silent(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(answer.as_bytes());
            open.push(stream);
        }
    });
    url
}

#[test]
fn what_comes_goes_on_with_its_length() {
    let text = "0123456789".repeat(50_000);
    let body = text.clone();
    let from = Server::start(move |_, _| Answer::status(200).body(&body));
    let to = Server::start(|_, _| Answer::status(201).body("thanks"));
    let answer = pipe(&from.url, &to.url, text.len() as u64).unwrap();
    assert_eq!((answer.status.as_u16(), answer.text().as_str()), (201, "thanks"));
    let request = to.requests().remove(0);
    assert!(request.to_lowercase().contains("content-length: 500000"));
    assert!(request.ends_with(&text));
}

#[test]
fn a_stream_is_asked_for_again_only_before_it_begins() {
    let flaky = Server::start(|number, _| match number {
        1 => Answer::status(502),
        _ => Answer::status(200).body("good"),
    });
    let to = Server::start(|_, _| Answer::status(201));
    assert_eq!(pipe(&flaky.url, &to.url, 4).unwrap().status, 201);
    assert_eq!(flaky.requests().len(), 2);

    let broken = Server::start(|_, _| Answer::status(200).body("0123456789").cut(4));
    let error = pipe(&broken.url, &to.url, 10).unwrap_err();
    assert!(matches!(error, HttpError::Interrupted { .. }), "{error}");
    assert_eq!(broken.requests().len(), 1);
}

#[test]
fn a_refusal_comes_whole() {
    let server = Server::start(|_, _| Answer::status(404).body("nothing here"));
    let request = Request::get(&server.url).unwrap();
    let opened = block_on(async { client(Deadline::none()).open(&request).await }).unwrap();
    let Ok(Opened::Whole(response)) = opened else { panic!("a stream") };
    assert_eq!((response.status.as_u16(), response.text().as_str()), (404, "nothing here"));
}

#[test]
fn what_stands_still_ends() {
    let to = Server::start(|_, _| Answer::status(201));
    let stalled = silent("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123");
    let mute = silent("");
    let large = "x".repeat(32 << 20);
    let from = Server::start(move |_, _| Answer::status(200).body(&large));
    for (from, to, size) in
        [(&stalled, &to.url, 10), (&mute, &to.url, 10), (&from.url, &mute, 32 << 20)]
    {
        let started = Instant::now();
        let error = pipe(from, to, size).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("within 400ms"), "{text}");
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    }
}

#[test]
fn the_deadline_holds_for_streams_too() {
    let stalled = silent("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123");
    let to = Server::start(|_, _| Answer::status(201));
    let (get, put) = (Request::get(&stalled).unwrap(), Request::put(&to.url).unwrap());
    let error = block_on(async {
        let client = client(Deadline::after(Duration::from_millis(150)));
        let Opened::Stream(download) = client.open(&get).await? else { panic!("no stream") };
        client.upload(&put, 10, download.body).await
    });
    let error = error.unwrap().unwrap_err().to_string();
    assert!(error.contains("time for the whole command"), "{error}");
}
