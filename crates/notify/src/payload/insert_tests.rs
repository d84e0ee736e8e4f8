use serde_json::json;

use super::super::names::names;
use super::*;
use crate::facts::Facts;
use crate::message::Field;

fn facts() -> Names {
    let facts = Facts {
        actor: "eve\",\"username\":\"CEO".to_owned(),
        commit_title: "x\n\"y\": {{ sha }} }} <!channel> & $&\nusername: CEO".to_owned(),
        sha: "0123456789abcdef".to_owned(),
        run_url: Some("https://x.y/a?b=1&c=2".to_owned()),
        ..Facts::default()
    };
    let field = |name: &str, value: &str| Field {
        name: name.to_owned(),
        value: value.to_owned(),
        ..Field::default()
    };
    names(&facts, &[field("Release notes", "<@U1>")])
}

fn filled(value: Value, strict: bool) -> Result<Value, PayloadError> {
    let Value::Object(mut map) = value else { unreachable!() };
    fill(&mut map, &facts(), strict, Escape::Slack)?;
    Ok(Value::Object(map))
}

#[test]
fn facts_stay_in_their_text() {
    let value = filled(json!({
        "text": "${{ commit_title }}|{{actor}}|{{ fields.Release notes }}|{{{sha}}|{{ github.sha }}",
        "blocks": [{"url": "{{ run_url }}", "text": {"text": "<{{ run_url }}|x>"}}, 7, "{{short_sha}}"],
        "{{ sha }}": true,
    }), true).unwrap();
    assert_eq!(
        value,
        json!({
            "text": "x\n\"y\": {{ sha }} }} &lt;!channel&gt; &amp; $&amp;\nusername: CEO|eve\",\"username\":\"CEO|&lt;@\u{200b}U1&gt;|{0123456789abcdef|0123456789abcdef",
            "blocks": [{"url": "https://x.y/a?b=1&c=2", "text": {"text": "<https://x.y/a?b=1&amp;c=2|x>"}}, 7, "0123456"],
            "{{ sha }}": true,
        })
    );
}

#[test]
fn what_is_no_fact_stays_and_is_told() {
    let value =
        json!({ "text": "{{ env.TARGET }} ${{sha}} {{ fields.Nope }}", "blocks": ["{{ x }}"] });
    let Value::Object(mut payload) = value else { unreachable!() };
    let unknown = fill(&mut payload, &facts(), false, Escape::Slack).unwrap();
    assert_eq!(Vec::from_iter(unknown), ["env.TARGET", "fields.Nope", "x"]);
    assert_eq!(payload["text"], "{{ env.TARGET }} 0123456789abcdef {{ fields.Nope }}");
}

#[test]
fn no_fact_calls_anybody_wherever_people_read_it() {
    let facts = Facts {
        commit_title: "@here (@channel) a@b.example <!here>".to_owned(),
        ..Facts::default()
    };
    let named = |fact: &str| {
        json!({
            "link_names": true,
            "attachments": [{ "fields": [{ "title": fact, "value": fact }], "fallback": fact }],
            "blocks": [{ "text": { "type": "mrkdwn", "text": fact } }],
        })
    };
    let Value::Object(mut payload) = named("{{ commit_title }}") else { unreachable!() };
    fill(&mut payload, &names(&facts, &[]), true, Escape::Slack).unwrap();
    let calm = "@\u{200b}here (@\u{200b}channel) a@b.example &lt;!here&gt;";
    assert_eq!(Value::Object(payload), named(calm));
}

#[test]
fn nothing_but_facts_can_be_named() {
    for name in
        ["env.SLACK_TOKEN", "env.INPUT_TOKEN", "secrets.X", "github.token", "github.event", "x", ""]
    {
        let text = format!("a ${{{{ {name} }}}} {{{{ sha }}}} {{{{ open");
        let value = filled(json!({ "text": text }), false).unwrap();
        assert_eq!(value, json!({ "text": text.replace("{{ sha }}", "0123456789abcdef") }));
        let error = filled(json!({"blocks": [{ "text": text }]}), true).unwrap_err();
        assert!(error.to_string().contains(&format!("`{name}` at `blocks[0].text`")), "{error}");
    }
}

#[test]
fn braces_that_end_nowhere_are_text_and_cost_nothing() {
    let value = filled(json!({ "text": "{{ a {{ short_sha }} {{ b" }), true).unwrap();
    assert_eq!(value, json!({ "text": "{{ a 0123456 {{ b" }));
    let many = format!("{}}}}}", "{{ a ".repeat(300_000));
    let began = std::time::Instant::now();
    assert_eq!(filled(json!({ "text": many }), false).unwrap(), json!({ "text": many }));
    assert!(began.elapsed() < std::time::Duration::from_secs(5), "{:?}", began.elapsed());
}
