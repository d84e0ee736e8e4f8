use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::facts::{Need, Pull, Release};
use crate::message::{Field, Section};
use crate::status::Status;
use crate::text::{Block, Inline};

const PAGE: &str = "https://github.com/acme/shop";

fn need(name: &str, result: Status, step: &str) -> Need {
    let url = (!step.is_empty()).then(|| format!("{PAGE}/actions/runs/7/job/{}", name.len()));
    Need { name: name.to_owned(), result, url, failed_step: step.to_owned() }
}

/// A push to `main`, as of a deployment.
fn push(status: Status) -> Facts {
    Facts {
        status,
        repository: "acme/shop".to_owned(),
        server: "https://github.com".to_owned(),
        workflow: "Ship".to_owned(),
        event: "push".to_owned(),
        actor: "octocat".to_owned(),
        run_number: "42".to_owned(),
        run_attempt: 1,
        run_url: Some(format!("{PAGE}/actions/runs/7")),
        reference: "main".to_owned(),
        reference_url: Some(format!("{PAGE}/tree/main")),
        sha: "a1b2c3d4".repeat(5),
        commit_url: Some(format!("{PAGE}/commit/a1b2c3d")),
        commit_title: "Fix the <cart> & *more*".to_owned(),
        version: "1.4.2".to_owned(),
        environment: "production".to_owned(),
        environment_url: Some("https://shop.example".to_owned()),
        duration: Some(Duration::from_secs(192)),
        ..Facts::default()
    }
}

fn pull(status: Status) -> Facts {
    let pull = Pull { number: 12, title: "Cart".to_owned(), url: format!("{PAGE}/pull/12") };
    Facts {
        event: "pull_request".to_owned(),
        reference: "fork:topic".to_owned(),
        reference_url: None,
        pull: Some(pull),
        version: String::new(),
        environment: String::new(),
        environment_url: None,
        ..push(status)
    }
}

fn release(status: Status) -> Facts {
    let release = Release {
        tag: "v1.4.2".to_owned(),
        name: "Spring".to_owned(),
        notes: "- faster".to_owned(),
        url: format!("{PAGE}/releases/tag/v1.4.2"),
    };
    Facts {
        event: "release".to_owned(),
        changelog: release.notes.clone(),
        version: release.tag.clone(),
        reference: release.tag.clone(),
        release: Some(release),
        ..push(status)
    }
}

fn title(template: Option<Template>, facts: &Facts) -> String {
    message(template, facts, &Words::default()).title
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn a_title_per_template_status_and_event() {
    use Status::{Cancelled, Failure, Neutral, Skipped, Started, Success, Waiting};
    let nothing = |status| Facts { status, ..Facts::default() };
    let rows: Vec<(Option<Template>, Facts, &str)> = vec![
        (Some(Template::Deploy), push(Started), "🚀 shop: deploying 1.4.2 to production · octocat"),
        (Some(Template::Deploy), push(Success), "✅ shop: 1.4.2 deployed to production · octocat"),
        (
            Some(Template::Deploy),
            push(Failure),
            "❌ shop: deploy of 1.4.2 to production failed · octocat",
        ),
        (
            Some(Template::Deploy),
            push(Cancelled),
            "🚫 shop: deploy of 1.4.2 to production cancelled · octocat",
        ),
        (
            Some(Template::Deploy),
            push(Skipped),
            "⏭️ shop: deploy of 1.4.2 to production skipped · octocat",
        ),
        (
            Some(Template::Deploy),
            push(Waiting),
            "⏳ shop: deploy of 1.4.2 to production waits · octocat",
        ),
        (Some(Template::Deploy), push(Neutral), "📣 shop: deploy of 1.4.2 to production · octocat"),
        (Some(Template::Deploy), pull(Failure), "❌ shop: deploy of a1b2c3d failed · octocat"),
        (Some(Template::Deploy), nothing(Success), "✅ Deployed"),
        (Some(Template::Deploy), nothing(Neutral), "📣 Deploy"),
        (Some(Template::Release), release(Started), "🚀 shop: releasing v1.4.2 · octocat"),
        (Some(Template::Release), release(Success), "✅ shop: v1.4.2 released · octocat"),
        (Some(Template::Release), release(Failure), "❌ shop: release of v1.4.2 failed · octocat"),
        (
            Some(Template::Release),
            release(Cancelled),
            "🚫 shop: release of v1.4.2 cancelled · octocat",
        ),
        (Some(Template::Release), release(Skipped), "⏭️ shop: release of v1.4.2 skipped · octocat"),
        (Some(Template::Release), release(Waiting), "⏳ shop: release of v1.4.2 waits · octocat"),
        (Some(Template::Release), release(Neutral), "📣 shop: release v1.4.2 · octocat"),
        (Some(Template::Release), nothing(Success), "✅ Released"),
        (Some(Template::Ci), push(Started), "🚀 shop: Ship runs on main · octocat"),
        (Some(Template::Ci), push(Success), "✅ shop: Ship passed on main · octocat"),
        (Some(Template::Ci), push(Failure), "❌ shop: Ship failed on main · octocat"),
        (Some(Template::Ci), pull(Failure), "❌ shop: Ship failed on #12 · octocat"),
        (Some(Template::Ci), pull(Cancelled), "🚫 shop: Ship cancelled on #12 · octocat"),
        (Some(Template::Ci), push(Skipped), "⏭️ shop: Ship skipped on main · octocat"),
        (Some(Template::Ci), push(Waiting), "⏳ shop: Ship waits on main · octocat"),
        (Some(Template::Ci), nothing(Neutral), "📣 CI"),
        (
            Some(Template::Canary),
            push(Started),
            "🚀 shop: canary 1.4.2 on production started · octocat",
        ),
        (
            Some(Template::Canary),
            push(Success),
            "✅ shop: canary 1.4.2 on production passed · octocat",
        ),
        (
            Some(Template::Canary),
            push(Failure),
            "❌ shop: canary 1.4.2 on production failed · octocat",
        ),
        (
            Some(Template::Canary),
            push(Cancelled),
            "🚫 shop: canary 1.4.2 on production cancelled · octocat",
        ),
        (
            Some(Template::Canary),
            push(Skipped),
            "⏭️ shop: canary 1.4.2 on production skipped · octocat",
        ),
        (
            Some(Template::Canary),
            push(Waiting),
            "⏳ shop: canary 1.4.2 on production waits · octocat",
        ),
        (Some(Template::Canary), nothing(Neutral), "📣 Canary"),
        (
            Some(Template::Approval),
            push(Neutral),
            "⏳ shop: 1.4.2 to production waits for approval · octocat",
        ),
        (
            Some(Template::Approval),
            push(Started),
            "⏳ shop: 1.4.2 to production waits for approval · octocat",
        ),
        (
            Some(Template::Approval),
            push(Waiting),
            "⏳ shop: 1.4.2 to production waits for approval · octocat",
        ),
        (
            Some(Template::Approval),
            push(Success),
            "✅ shop: 1.4.2 to production approved · octocat",
        ),
        (
            Some(Template::Approval),
            push(Failure),
            "❌ shop: 1.4.2 to production rejected · octocat",
        ),
        (
            Some(Template::Approval),
            push(Cancelled),
            "🚫 shop: 1.4.2 to production no longer asked for · octocat",
        ),
        (
            Some(Template::Approval),
            push(Skipped),
            "⏭️ shop: 1.4.2 to production needs no approval · octocat",
        ),
        (Some(Template::Approval), nothing(Neutral), "⏳ Deploy waits for approval"),
        (None, push(Started), "🚀 shop: Ship started on main · octocat"),
        (None, push(Success), "✅ shop: Ship succeeded on main · octocat"),
        (None, push(Failure), "❌ shop: Ship failed on main · octocat"),
        (None, push(Cancelled), "🚫 shop: Ship cancelled on main · octocat"),
        (None, push(Skipped), "⏭️ shop: Ship skipped on main · octocat"),
        (None, push(Waiting), "⏳ shop: Ship waits on main · octocat"),
        (None, push(Neutral), "📣 shop: Ship on main · octocat"),
        (None, nothing(Failure), "❌ Run failed"),
        (None, nothing(Neutral), "📣 Run"),
    ];
    for (template, facts, expected) in &rows {
        assert_eq!(title(*template, facts), *expected);
    }
    for layout in TEMPLATES {
        let tested = rows.iter().filter(|(template, ..)| *template == layout.template).count();
        assert!(tested >= 7, "{layout:?}");
    }
}

fn plain(pieces: &[Inline]) -> String {
    let one = |piece: &Inline| match piece {
        Inline::Text(text) | Inline::Code(text) => text.clone(),
        Inline::Strong(inner) | Inline::Emphasis(inner) | Inline::Strike(inner) => plain(inner),
        Inline::Link { text, url } => format!("[{}]({url})", plain(text)),
        Inline::Break => "\n".to_owned(),
    };
    pieces.iter().map(one).collect()
}

fn lead(message: &Message) -> Vec<String> {
    let one = |block: &Block| match block {
        Block::Paragraph(pieces) => plain(pieces),
        other => format!("{other:?}"),
    };
    message.lead.iter().map(one).collect()
}

fn labels(message: &Message) -> Vec<&str> {
    message.links.iter().map(|link| link.label.as_str()).collect()
}

#[test]
fn a_failure_names_the_job_the_step_and_where_to_go() {
    let mut facts = push(Status::Failure);
    facts.needs = vec![
        need("build", Status::Success, ""),
        need("lint", Status::Cancelled, ""),
        need("test", Status::Failure, "cargo test"),
        need("docs!", Status::Failure, "mdbook"),
    ];
    facts.changelog = "- **a** [b](https://b.example)".to_owned();
    let made = message(Some(Template::Ci), &facts, &Words::default());
    assert_eq!(made.title, "❌ shop: Ship failed on main: test and 1 more · octocat");
    assert_eq!(
        lead(&made),
        [format!(
            "[test]({PAGE}/actions/runs/7/job/4) failed at “cargo test”\n\
             [docs!]({PAGE}/actions/runs/7/job/5) failed at “mdbook”\n\
             [a1b2c3d]({PAGE}/commit/a1b2c3d) Fix the <cart> & *more*"
        )]
    );
    let Section::Steps { heading, steps } = &made.sections[0] else { panic!("{made:?}") };
    let steps: Vec<_> = steps.iter().map(|step| (&*step.name, &*step.detail)).collect();
    assert_eq!(heading, "Other jobs");
    assert_eq!(steps, [("lint", ""), ("build", "")]);
    assert_eq!(labels(&made), ["Failed job", "Run", "Open production"]);
    assert_eq!(made.more.as_deref(), Some("https://github.com/acme/shop/actions/runs/7"));
    assert!(matches!(&made.sections[1], Section::Text { heading, text }
        if heading == "What changed" && matches!(text[0], Block::List { .. } | Block::Paragraph(_))));

    // A changelog's own heading is enough.
    facts.changelog = "## Fixes\n\n- a".to_owned();
    let made = message(Some(Template::Release), &facts, &Words::default());
    let Section::Steps { heading, steps } = &made.sections[0] else { panic!("{made:?}") };
    assert_eq!((heading.as_str(), steps.len()), ("Other jobs", 1));
    assert!(matches!(&made.sections[1], Section::Text { heading, .. } if heading.is_empty()));

    facts.needs.clear();
    let made = message(Some(Template::Deploy), &facts, &Words::default());
    assert_eq!((lead(&made).len(), made.sections.len()), (1, 1));
    facts.needs = (0..9).map(|n| need(&format!("job {n}"), Status::Failure, "")).collect();
    let made = message(Some(Template::Deploy), &facts, &Words::default());
    assert_eq!(lead(&made)[0].matches(" failed").count(), 5);
    let Section::Steps { steps, .. } = &made.sections[0] else { panic!("{made:?}") };
    assert_eq!((steps.len(), &*steps[0].name), (4, "job 5"));

    facts.needs = vec![need("build", Status::Success, ""), need("docs", Status::Skipped, "")];
    facts.status = Status::Success;
    let made = message(Some(Template::Deploy), &facts, &Words::default());
    assert_eq!(labels(&made), ["Open production", "Run"]);
    assert!(
        matches!(&made.sections[0], Section::Steps { heading, steps } if heading == "Jobs" && steps.len() == 2)
    );
}

#[test]
fn the_rest_of_a_message() {
    let made = message(Some(Template::Release), &release(Status::Success), &Words::default());
    let fields: Vec<_> = made.fields.iter().map(|f| format!("{}={}", f.name, f.value)).collect();
    assert_eq!(fields, ["Release=Spring", "Environment=production", "Duration=3 min 12 s"]);
    assert_eq!(labels(&made), ["Release", "Open production", "Run"]);
    assert_eq!(made.more.as_deref(), Some("https://github.com/acme/shop/releases/tag/v1.4.2"));
    let footer: Vec<_> = made.footer.iter().map(|link| link.label.as_str()).collect();
    assert_eq!(footer, ["acme/shop", "Ship #42", "release"]);
    let own = Words { title: "Out now".to_owned(), ..Words::default() };
    let made = message(Some(Template::Release), &release(Status::Success), &own);
    assert_eq!(made.footer[2].label, "release by octocat");
    let fields: Vec<_> = made.fields.iter().map(|f| format!("{}={}", f.name, f.value)).collect();
    assert_eq!(
        fields,
        ["Environment=production", "Version=v1.4.2", "Release=Spring", "Duration=3 min 12 s"]
    );

    let again = Facts { run_attempt: 2, ..pull(Status::Success) };
    let made = message(Some(Template::Ci), &again, &Words::default());
    assert_eq!(made.footer[1].label, "Ship #42 (attempt 2)");
    assert_eq!(labels(&made), ["Run", "Pull request #12"]);
    assert!(lead(&made)[0].ends_with(&format!(" [#12 Cart]({PAGE}/pull/12)")), "{made:?}");

    let made = message(Some(Template::Approval), &push(Status::Neutral), &Words::default());
    assert_eq!(labels(&made), ["Review", "Open production"]);
    // What only has a hash tells it once.
    let bare = Facts { commit_title: String::new(), ..push(Status::Success) };
    let made = message(Some(Template::Deploy), &bare, &Words::default());
    assert!(made.lead.is_empty() && made.fields[1].name == "Commit", "{made:?}");

    let field =
        |name: &str, value: &str| Field { name: name.into(), value: value.into(), url: None };
    let words = Words {
        fields: vec![field("version", "9"), field("Weight", "25 %")],
        text: "Error rate **0.1 %**".to_owned(),
        ..Words::default()
    };
    let made = message(Some(Template::Canary), &push(Status::Started), &words);
    assert_eq!(made.title, "🚀 shop: canary 1.4.2 on production at 25 % · octocat");
    let fields: Vec<_> = made.fields.iter().map(|f| format!("{}={}", f.name, f.value)).collect();
    assert_eq!(fields, ["version=9", "Weight=25 %", "Branch=main", "Duration=3 min 12 s"]);
    assert_eq!(lead(&made)[0], "Error rate 0.1 %");
}

#[test]
fn who_writes_a_text_gets_that_text() {
    let words = |title: &str, text: &str| Words {
        title: title.to_owned(),
        text: text.to_owned(),
        ..Words::default()
    };
    let neutral = push(Status::Neutral);
    let made = message(None, &neutral, &words("", "Hello **you**, see\nbelow"));
    assert!(made.title_is_text && made.title.starts_with("Hello you, see"), "{made:?}");
    assert!(made.sections.is_empty() && made.footer.is_empty() && made.links.is_empty());

    let made = message(None, &neutral, &words("Hi", "text"));
    assert_eq!((made.title.as_str(), made.title_is_text), ("Hi", false));

    let failed = push(Status::Failure);
    assert_eq!(message(None, &failed, &words("Hi", "")).title, "❌ Hi");
    assert_eq!(message(None, &failed, &words("🔥 Hi", "")).title, "🔥 Hi");
    assert_eq!(message(None, &failed, &words("[shop] Hi", "")).title, "❌ [shop] Hi");
    let made = message(None, &failed, &words("", "text"));
    assert!(made.title.starts_with("❌ shop: Ship failed") && !made.title_is_text);
    assert_eq!((lead(&made)[0].as_str(), made.fields[0].name.as_str()), ("text", "Duration"));
}

const HOSTILE: &[&str] = &[
    "",
    "\u{0}\u{1b}[31m\u{202e}",
    "<!channel> <@U1> @everyone *b* _i_ `c` [x](javascript:alert(1)) & < >",
    "a\r\nb\n::error::c",
    "\u{200b}\u{200d}\u{feff}",
    "👩‍👩‍👧‍👦éß\u{301}",
    "{{ sha }} ${{ secrets.X }}",
];

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(HOSTILE).prop_map(str::to_owned),
        any::<String>(),
        ("[a-z<&>|\n\t ]{1,30}", 1..400_usize).prop_map(|(text, n)| text.repeat(n)),
    ]
}

fn status() -> impl Strategy<Value = Status> {
    proptest::sample::select(Status::ALL)
}

prop_compose! {
    fn facts()(
        texts in proptest::collection::vec(hostile(), 16),
        states in proptest::collection::vec(status(), 4),
        seconds in proptest::option::of(any::<u64>()),
        attempt in any::<u64>(),
        kind in 0..3_u8,
    ) -> Facts {
        let t = |index: usize| texts[index].clone();
        let need = |index: usize| Need {
            name: t(index), result: states[index], url: Some(t(index + 1)), failed_step: t(index + 2),
        };
        let mut facts = Facts {
            status: states[3], repository: t(0), server: t(1), workflow: t(2), event: t(3),
            actor: t(4), run_number: t(5), run_attempt: attempt, reference: t(6), sha: t(7),
            commit_title: t(8), version: t(9), environment: t(10), changelog: t(11),
            run_url: Some(t(12)), commit_url: Some(t(13)),
            duration: seconds.map(Duration::from_secs),
            needs: (0..usize::from(kind)).map(need).collect(),
            ..Facts::default()
        };
        match kind {
            0 => facts.pull = Some(Pull { number: attempt, title: t(14), url: t(15) }),
            1 => facts.release = Some(Release { tag: t(14), name: t(15), notes: t(11), url: t(1) }),
            _ => {}
        }
        facts
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_title_is_one_line_and_never_empty(
        facts in facts(), title in hostile(), text in hostile(), name in hostile(),
    ) {
        let fields = vec![Field { name, value: text.clone(), url: None }];
        let words = [
            Words::default(),
            Words { text: text.clone(), fields: fields.clone(), ..Words::default() },
            Words { title, text, fields, ..Words::default() },
        ];
        for (layout, words) in TEMPLATES.iter().flat_map(|one| words.iter().map(move |w| (one, w))) {
            let made = message(layout.template, &facts, words);
            prop_assert!(!made.title.trim().is_empty());
            prop_assert!(!made.title.contains(char::is_control), "{:?}", made.title);
            if words.title.is_empty() {
                prop_assert!(made.title.chars().count() <= 150, "{:?}", made.title);
            }
            for field in made.fields.iter().filter(|field| !words.fields.contains(field)) {
                prop_assert!(!field.value.is_empty() && !field.value.contains('\n'));
            }
            for link in made.links.iter().chain(&made.footer) {
                prop_assert!(!link.label.is_empty() && !link.label.contains('\n'));
            }
        }
    }
}
