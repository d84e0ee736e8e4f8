//! The small fakes: Teams, Discord, a receiver of signed webhooks.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use launchway_testkit::chat::discord::FakeDiscord;
use launchway_testkit::chat::generic::{Receiver, hmac};
use launchway_testkit::chat::teams::FakeTeams;
use launchway_testkit::chat::{How, Limit, Trouble};
use launchway_testkit::client::{Answer, request};
use serde_json::{Value, json};

fn send(url: &str, body: &Value) -> Answer {
    request("POST", url, &[("content-type", "application/json")], body.to_string().as_bytes())
        .unwrap()
}

fn card(body: &Value) -> Value {
    json!({ "type": "message", "attachments": [{
        "contentType": "application/vnd.microsoft.card.adaptive",
        "content": { "type": "AdaptiveCard", "version": "1.4", "body": body },
    }] })
}

#[test]
fn teams_takes_cards() {
    let teams = FakeTeams::start();
    let url = teams.webhook();
    let text = |length: usize| json!([{ "type": "TextBlock", "text": "x".repeat(length) }]);
    let taken = send(&url, &card(&text(1)));
    assert_eq!((taken.status, taken.body.len()), (202, 0));
    assert_eq!(teams.cards().len(), 1);
    let overhead = card(&text(0)).to_string().len();
    assert_eq!(send(&url, &card(&text(28 * 1024 - overhead))).status, 202);
    assert_eq!(send(&url, &card(&text(28 * 1024 - overhead + 1))).status, 413);
    for wrong in [
        json!({ "text": "a" }),
        json!({ "type": "message", "attachments": [] }),
        card(&json!({})),
        card(&json!([{ "type": "TextBlock" }])),
        card(&json!([{ "type": "Nope" }])),
        card(&json!([{ "type": "FactSet", "facts": [{ "title": "a" }] }])),
        card(&json!([{ "type": "ActionSet", "actions": [{ "type": "Action.OpenUrl" }] }])),
    ] {
        let no = send(&url, &wrong);
        assert_eq!(no.status, 400, "{wrong}");
        assert_eq!(no.json()["error"]["code"], "TriggerInputSchemaMismatch");
    }
    assert_eq!(send(&url.replace("sig=", "sig=x"), &card(&text(1))).status, 401);
    assert_eq!(send(&url.replace("manual/paths", "other/paths"), &card(&text(1))).status, 404);
    teams.fail(Trouble::before(How::Limit(Limit::Usual(2))));
    let no = send(&url, &card(&text(1)));
    assert_eq!((no.status, no.header("retry-after")), (429, Some("2")));
    assert_eq!(teams.cards().len(), 2);
}

#[test]
fn discord_takes_messages() {
    let discord = FakeDiscord::start();
    let url = discord.webhook();
    assert_eq!(send(&url, &json!({ "content": "a" })).status, 204);
    let waited = send(&format!("{url}?wait=true"), &json!({ "content": "b" }));
    assert_eq!((waited.status, &waited.json()["content"]), (200, &json!("b")));
    let id = waited.json()["id"].as_str().unwrap().to_owned();
    let edit = request("PATCH", &format!("{url}/messages/{id}"), &[], br#"{"content":"c"}"#);
    assert_eq!(edit.unwrap().status, 200);
    assert_eq!(discord.messages()[1]["content"], "c");
    let field =
        |name: usize, value: usize| json!({ "name": "x".repeat(name), "value": "x".repeat(value) });
    let embed = |more: Value| json!({ "embeds": [more] });
    let cases = [
        (json!({ "content": "x".repeat(2000) }), json!({ "content": "x".repeat(2001) }), "content"),
        (
            json!({ "embeds": vec![json!({ "title": "a" }); 10] }),
            json!({ "embeds": vec![json!({ "title": "a" }); 11] }),
            "embeds",
        ),
        (
            embed(json!({ "fields": vec![field(1, 1); 25] })),
            embed(json!({ "fields": vec![field(1, 1); 26] })),
            "embeds.0.fields",
        ),
        (
            embed(json!({ "title": "x".repeat(256) })),
            embed(json!({ "title": "x".repeat(257) })),
            "embeds.0.title",
        ),
        (
            embed(json!({ "description": "x".repeat(4096) })),
            embed(json!({ "description": "x".repeat(4097) })),
            "embeds.0.description",
        ),
        (
            embed(json!({ "fields": [field(256, 1024)] })),
            embed(json!({ "fields": [field(257, 1)] })),
            "embeds.0.fields.0.name",
        ),
        (
            embed(json!({ "fields": [field(1, 1)] })),
            embed(json!({ "fields": [field(1, 1025)] })),
            "embeds.0.fields.0.value",
        ),
        (embed(json!({ "color": 1 })), embed(json!({ "color": "red" })), "embeds.0.color"),
        (
            json!({ "embeds": [{ "description": "x".repeat(4000) }, { "description": "x".repeat(2000) }] }),
            json!({ "embeds": [{ "description": "x".repeat(4000) }, { "description": "x".repeat(2001) }] }),
            "embeds",
        ),
    ];
    for (fits, too_much, at) in cases {
        assert_eq!(send(&url, &fits).status, 204, "{at}");
        let no = send(&url, &too_much);
        assert_eq!((no.status, &no.json()["code"]), (400, &json!(50035)), "{at}");
        assert!(no.json()["errors"][at].is_object(), "{at}: {}", no.text());
    }
    assert_eq!(send(&url, &json!({})).json()["code"], 50006);
    assert_eq!(send(&format!("{url}x"), &json!({})).status, 401);
    assert_eq!(send(&url.replace("100000", "200000"), &json!({})).json()["code"], 10015);
    discord.fail(Trouble::before(How::Limit(Limit::Json(0.25))));
    let no = send(&url, &json!({ "content": "a" }));
    assert_eq!((no.status, &no.json()["retry_after"]), (429, &json!(0.25)));
}

#[test]
fn signatures_are_checked() {
    // RFC 4231, case 2 and case 6.
    let known = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!(hmac(b"Jefe", b"what do ya want for nothing?"), known);
    let known = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54";
    assert_eq!(
        hmac(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First"),
        known
    );

    let receiver = Receiver::start("secret", "X-Hub-Signature-256", "sha256=");
    let send = |secret: &[u8]| {
        let signature = format!("sha256={}", hmac(secret, b"{}"));
        let headers = [("x-hub-signature-256", signature.as_str())];
        request("POST", &receiver.url("/in"), &headers, b"{}").unwrap().status
    };
    assert_eq!((send(b"secret"), send(b"other")), (200, 401));
    receiver.status(503);
    assert_eq!(send(b"secret"), 503);
    assert_eq!(receiver.taken().len(), 2);
    assert_eq!(request("POST", &receiver.url("/in"), &[], b"{}").unwrap().status, 401);
    let open = Receiver::unsigned();
    assert_eq!(request("PUT", &open.url("/in"), &[], b"x").unwrap().status, 200);
    assert_eq!(open.requests()[0].body, "x");
}
