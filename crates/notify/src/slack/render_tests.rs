use proptest::prelude::*;

use super::*;
use crate::facts::{Facts, Need};
use crate::message::Mention;
use crate::preview::terminal;
use crate::slack::verify::verify;
use crate::status::Status;
use crate::template::TEMPLATES;
use crate::text::{Block as Rich1, markdown};
use crate::words::Words;

fn link(label: &str, url: &str) -> Link {
    Link { label: label.into(), url: Some(url.into()) }
}

fn field(name: &str, value: &str) -> Field {
    Field { name: name.into(), value: value.into(), url: None }
}

/// A failed deployment with everything a message can have.
fn deploy() -> Message {
    Message {
        status: Status::Failure,
        title: "❌ Deploy of v1.4.2 to production failed".into(),
        url: Some("https://github.com/o/r/actions/runs/7".into()),
        lead: markdown::read(
            "**Two** jobs of `deploy` failed, see [the log](https://x.y/log?a=1&b=2).",
        ),
        fields: vec![
            field("Environment", "production"),
            Field {
                url: Some("https://github.com/o/r/commit/abc".into()),
                ..field("Commit", "abc <fix> & *go*")
            },
        ],
        sections: vec![
            Section::Steps {
                heading: "Jobs".into(),
                steps: vec![
                    Step { status: Status::Success, name: "build".into(), ..Step::default() },
                    Step {
                        status: Status::Failure,
                        name: "deploy (eu)".into(),
                        url: Some("https://github.com/o/r/actions/runs/7/job/1".into()),
                        detail: "Roll out".into(),
                    },
                ],
            },
            Section::Text {
                heading: "Changes".into(),
                text: markdown::read("- fix: `a < b`\n- <!channel> hello @here\n"),
            },
        ],
        links: vec![link("View run", "https://github.com/o/r/actions/runs/7")],
        footer: vec![
            link("o/r", "https://github.com/o/r"),
            Link { label: "by octocat".into(), url: None },
        ],
        mentions: vec![Mention::User("U012AB3CD".into()), Mention::Name("mona".into())],
        ..Message::default()
    }
}

#[test]
fn a_deployment_as_slack_is_sent_it() {
    let rendered = render(&deploy());
    let expected = json!([
        {"type": "header", "text": {"type": "plain_text", "emoji": true, "text": "❌ Deploy of v1.4.2 to production failed"}},
        {"type": "section", "text": {"type": "mrkdwn", "verbatim": true, "text": "<@U012AB3CD> @mona"}},
        {"type": "section", "text": {"type": "mrkdwn", "verbatim": true,
            "text": "*Two* jobs of `deploy` failed, see <https://x.y/log?a=1&amp;b=2|the log>."}},
        {"type": "section", "fields": [
            {"type": "mrkdwn", "verbatim": true, "text": "*Environment*\nproduction"},
            {"type": "mrkdwn", "verbatim": true,
                "text": "*Commit*\n<https://github.com/o/r/commit/abc|abc &lt;fix&gt; &amp; *\u{200b}go\u{200b}*\u{200b}>"},
        ]},
        {"type": "section", "text": {"type": "mrkdwn", "verbatim": true,
            "text": "*Jobs*\n✅ build\n❌ <https://github.com/o/r/actions/runs/7/job/1|deploy (eu)> – Roll out"}},
        {"type": "divider"},
        {"type": "section", "text": {"type": "mrkdwn", "verbatim": true,
            "text": "*Changes*\n• fix: `a &lt; b`\n• &lt;!channel&gt; hello @here"}},
        {"type": "section", "text": {"type": "mrkdwn", "verbatim": true,
            "text": "<https://github.com/o/r/actions/runs/7|View run>"}},
        {"type": "context", "elements": [
            {"type": "mrkdwn", "verbatim": true, "text": "<https://github.com/o/r|o/r>  ·  by octocat"},
        ]},
    ]);
    assert_eq!(serde_json::to_value(&rendered.blocks).unwrap(), expected);
    assert_eq!(
        rendered.text,
        "\
<https://github.com/o/r/actions/runs/7|❌ Deploy of v1.4.2 to production failed>
<@U012AB3CD> @mona
*Two* jobs of `deploy` failed, see <https://x.y/log?a=1&amp;b=2|the log>.
Environment: production
Commit: abc &lt;fix&gt; &amp; *\u{200b}go\u{200b}*\u{200b}
*Jobs*
✅ build
❌ <https://github.com/o/r/actions/runs/7/job/1|deploy (eu)> – Roll out
*Changes*
• fix: `a &lt; b`
• &lt;!channel&gt; hello @here
<https://github.com/o/r/actions/runs/7|View run>
<https://github.com/o/r|o/r>  ·  by octocat"
    );
    assert_eq!(verify(&rendered.payload()), []);
}

#[test]
fn a_deployment_on_a_terminal() {
    assert_eq!(
        terminal::show(&render(&deploy()).payload(), 60, false),
        "\
┃ ❌ Deploy of v1.4.2 to production failed
┃
┃ @U012AB3CD @mona
┃
┃ Two jobs of deploy failed, see the log.
┃
┃ Environment                   Commit
┃ production                    abc <fix> & *go*
┃
┃ Jobs
┃ ✅ build
┃ ❌ deploy (eu) – Roll out
┃
┃ ──────────────────────────────────────────────────────────
┃ Changes
┃ • fix: a < b
┃ • <!channel> hello @here
┃
┃ View run
┃
┃ o/r  ·  by octocat
"
    );
}

/// The blocks of each template, by kind and the beginning of their text.
#[test]
fn each_template_as_slack_is_sent_it() {
    let facts = Facts {
        status: Status::Failure,
        repository: "acme/shop".into(),
        server: "https://github.com".into(),
        workflow: "Ship".into(),
        event: "push".into(),
        actor: "octocat".into(),
        run_number: "42".into(),
        run_attempt: 1,
        run_url: Some("https://github.com/acme/shop/actions/runs/7".into()),
        reference: "main".into(),
        version: "1.4.2".into(),
        environment: "production".into(),
        changelog: "- fix <!here>".into(),
        needs: vec![Need { name: "build".into(), result: Status::Failure, ..Need::default() }],
        ..Facts::default()
    };
    for layout in TEMPLATES {
        let message = (layout.make)(&facts, &Words::default());
        let rendered = render(&message);
        assert_eq!(verify(&rendered.payload()), [], "{:?}", layout.template);
        let shown = terminal::show(&rendered.payload(), 80, false);
        let first = shown.lines().next().unwrap_or_default();
        assert_eq!(first.matches('❌').count(), 1, "{shown}");
        assert!(shown.contains("acme/shop") && shown.lines().count() < 40, "{shown}");
        assert!(
            rendered.text.starts_with("<https://github.com/acme/shop/actions/runs/7|❌ shop"),
            "{}",
            rendered.text
        );
        assert!(!rendered.payload().to_string().contains("<!"));
    }
}

#[test]
fn a_text_is_only_a_text() {
    let message = Message {
        title: "Hello".into(),
        title_is_text: true,
        lead: markdown::read("Hello **you**"),
        ..Message::default()
    };
    let Rendered { text, blocks } = render(&message);
    assert_eq!(text, "Hello *you*");
    assert_eq!(blocks, [Block::section("Hello *you*".into())]);
}

#[test]
fn a_message_without_words_says_at_least_how_it_went() {
    let rendered = render(&Message { status: Status::Success, ..Message::default() });
    assert_eq!(rendered.payload(), json!({"text": "✅ success"}));
}

#[test]
fn links_are_one_line_of_text_and_never_buttons() {
    let message = Message {
        title: "t".into(),
        url: Some("https://x/run".into()),
        links: vec![
            link("Logs", "https://x/logs"),
            link(" ", "https://x"),
            link("Nowhere", "ftp://x"),
        ],
        ..Message::default()
    };
    let blocks = serde_json::to_value(render(&message).blocks).unwrap();
    let line = "<https://x/run|Open>  ·  <https://x/logs|Logs>  ·  Nowhere";
    assert_eq!(blocks[1]["text"]["text"], line, "{blocks}");
    let known = Message { url: Some("https://x/logs".into()), ..message };
    let blocks = serde_json::to_string(&render(&known).blocks).unwrap();
    assert!(!blocks.contains("Open") && !blocks.contains("button"), "{blocks}");
}

#[test]
fn a_few_steps_stand_in_one_line_and_what_waits_has_a_link_to_follow() {
    let step = |name: &str| Step { status: Status::Success, name: name.into(), ..Step::default() };
    let of = |steps: Vec<Step>| list(&steps, None);
    assert_eq!(of(vec![step("build"), step("test")]), "✅ build    ✅ test");
    let failed = Step { detail: "make".into(), ..step("c") };
    assert_eq!(of(vec![step("a"), failed]), "✅ a\n✅ c – make");
    assert_eq!(of(vec![step("a long name of a job"); 5]).lines().count(), 5);
    let message = Message {
        status: Status::Waiting,
        title: "t".into(),
        links: vec![link("Review", "https://x/1"), link("Other", "https://x/2")],
        ..Message::default()
    };
    let blocks = serde_json::to_value(render(&message).blocks).unwrap();
    assert_eq!(blocks[1]["text"]["text"], "*<https://x/1|Review>*  ·  <https://x/2|Other>");
}

#[test]
fn what_is_left_out_is_said() {
    let step = Step { name: "job".into(), ..Step::default() };
    let message = Message {
        title: "t".into(),
        lead: markdown::read(&"many words ".repeat(3000)),
        fields: (0..62).map(|number| field(&number.to_string(), "v")).collect(),
        sections: vec![Section::Steps { heading: "Jobs".into(), steps: vec![step; 72] }],
        more: Some("https://x/full".into()),
        ..Message::default()
    };
    let rendered = render(&message);
    assert_eq!(verify(&rendered.payload()), []);
    let blocks = serde_json::to_string(&rendered.blocks).unwrap();
    assert_eq!(blocks.matches("<https://x/full|… and 12 more>").count(), 2, "{blocks}");
    assert!(blocks.contains("<https://x/full|Full text>"), "{blocks}");
    assert!(rendered.text.contains("more characters>"));
}

/// Signs that have done harm somewhere, and others.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("<!channel>".to_owned()),
        Just("<@U012AB3CD>".to_owned()),
        Just("&amp;&lt;".to_owned()),
        Just("```\n".to_owned()),
        Just("*_~`|>".to_owned()),
        Just("\n".to_owned()),
        Just("<https://x|y>".to_owned()),
        Just("👩‍👩‍👧\u{202e}\u{0}\u{2028}".to_owned()),
        Just("x".repeat(3001)),
        Just("&".repeat(700)),
        "[ -~]{0,40}",
        any::<String>(),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

prop_compose! {
    fn any_message()(
        texts in proptest::collection::vec(hostile(), 12),
        fields in 0..70_usize,
        steps in 0..90_usize,
        links in 0..60_usize,
        code in any::<bool>(),
        sections in 0..60_usize,
        status in proptest::sample::select(Status::ALL),
    ) -> Message {
        let [title, lead, name, value, url, heading, text, step, detail, label, footer, more]: [String; 12] =
            texts.try_into().unwrap();
        let rich = |text: String| if code {
            vec![Rich1::Code { language: String::new(), text }]
        } else {
            vec![Rich1::Paragraph(vec![Inline::Strong(vec![Inline::Text(text)])])]
        };
        let step = Step { status, name: step, url: Some(url.clone()), detail };
        let mut all = vec![Section::Steps { heading: heading.clone(), steps: vec![step; steps] }];
        all.resize(sections + 1, Section::Text { heading, text: rich(text) });
        Message {
            status,
            title,
            url: Some(format!("https://x/{url}")),
            lead: rich(lead),
            fields: vec![Field { name: name.clone(), value, url: Some(url) }; fields],
            sections: all,
            links: vec![Link { label, url: Some("https://x/1".into()) }; links],
            footer: vec![Link { label: footer, url: None }],
            mentions: vec![Mention::User(name.clone()), Mention::Name(name)],
            more: Some(format!("https://x/{more}")),
            title_is_text: false,
        }
    }
}

/// What people would see of a text, without the signs of no width and of the markup.
fn seen(mrkdwn: &str) -> String {
    let text: String = tokens::tokens(mrkdwn).map(tokens::visible).collect();
    bare(&tokens::unescape(&text))
}

/// A text without what is no character of its own here.
fn bare(text: &str) -> String {
    let ours = |one: &char| {
        !one.is_whitespace()
            && !one.is_control()
            && !matches!(*one, '*' | '`' | '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().filter(ours).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_goes_in_fits_and_calls_nobody(message in any_message()) {
        let payload = render(&message).payload();
        prop_assert_eq!(verify(&payload), []);
        let json = payload.to_string();
        prop_assert_eq!(&serde_json::from_str::<Value>(&json).unwrap(), &payload);
        for call in ["<!", "<@", "<#"] {
            prop_assert!(!json.contains(call), "{} in {}", call, json);
        }
        let _ = terminal::show(&payload, 80, true);
        let page = crate::preview::html::page(&payload, "Launchway");
        prop_assert!(!page.contains("<!channel"));
    }

    #[test]
    fn what_is_seen_is_how_the_text_begins(text in hostile(), code in any::<bool>(), room in 100..3000_usize) {
        let rich = if code {
            vec![Rich1::Code { language: String::new(), text: text.clone() }]
        } else {
            vec![Rich1::Paragraph(vec![Inline::Text(text.clone())])]
        };
        let mut shown = String::new();
        for block in sections("", &rich, room, None) {
            let Block::Section { text: Some(text), .. } = block else { panic!("a section") };
            shown.push_str(&seen(text.as_str()));
        }
        let shown = shown.trim_end_matches('…');
        prop_assert!(bare(&text).starts_with(shown), "{:?} of {:?}", shown, text);
        prop_assert!(!shown.is_empty() || bare(&text).is_empty() || tokens::size(&text) > 50);
    }

    #[test]
    fn fitting_cuts_between_pieces_only(text in hostile(), other in hostile()) {
        let blocks = [&text, &other].map(|text| Block::section(tokens::text(text)));
        let mut shown = String::new();
        for block in limits::fit(blocks.to_vec(), None) {
            let Block::Section { text: Some(text), .. } = block else { panic!("a section") };
            let text = text.as_str();
            shown.push_str(&seen(text.split_once("\n… and").map_or(text, |(head, _)| head)));
        }
        // At least what surely fits: each of two may have half of the room, and a sign takes up to
        // five and two barriers.
        let first: String = bare(&text).chars().take(700).collect();
        prop_assert!(shown.starts_with(&first), "{:?} does not begin with {:?}", shown, first);
    }
}
