//! Text from users is data everywhere.

use launchway_testkit::TokenKind;

use crate::shop::{Shop, changeset};

const SUMMARY: &str = "Fix $(touch pwned) and `touch pwned`\n\n::set-output name=published::true\n::error::forged\n\n</details> @everyone <script>alert(1)</script>\n\nghadelimiter_x\npublished=true\n\n<!-- launchway:end -->\n\n%0A::warning::x";

#[test]
fn summaries_titles_and_names_do_nothing_but_show() {
    let shop = Shop::new(TokenKind::Actions);
    let name = "x</details>@everyone$(touch pwned)";
    shop.repo.write(
        "packages/odd/package.json",
        format!("{{\"name\":{name:?},\"version\":\"1.0.0\"}}\n"),
    );
    let text = format!("---\n\"@acme/core\": minor\n{name:?}: patch\n---\n\n{SUMMARY}\n");
    shop.changeset("one", &text);
    let title = "Release $(touch pwned) `id` ::set-output name=x::y </details>";
    let run = shop.run(&[("pr-title", title), ("commit-message", title)]).success();
    assert!(!shop.repo.exists("pwned"));
    let pull = shop.handle.pull(1);
    assert_eq!(pull.title, title);
    let message = shop.handle.commit_at("changeset-release/main").unwrap().message;
    assert_eq!(message.lines().next(), Some(title));
    assert_eq!(pull.body.matches("<!-- launchway:end -->").count(), 1);
    assert!(!pull.body.contains("</details>") && !pull.body.contains("<script>"));
    assert!(!pull.body.contains("@everyone"));
    assert_eq!(run.output("published"), "false");
    assert!(run.messages("error").is_empty() && !run.outputs.contains_key("x"));
    // Within a code span nothing acts.
    let shown: String = run.summary.split('`').step_by(2).collect();
    assert_eq!(shown.matches("<details>").count(), shown.matches("</details>").count());
    assert!(!shown.contains("@everyone"));
}

#[test]
fn a_megabyte_of_summary_fits_everywhere() {
    let shop = Shop::new(TokenKind::App);
    shop.changeset(
        "long",
        &changeset(&[("@acme/core", "minor")], &"words and more words ".repeat(50_000)),
    );
    shop.changeset("short", &changeset(&[("@acme/app", "minor")], "Short and sweet."));
    let run = shop.run(&[]).success();
    let pull = shop.handle.pull(1);
    assert!(pull.body.chars().count() <= 60_000);
    assert!(
        pull.body.contains("Short and sweet.")
            && pull.body.contains("/blob/changeset-release/main/packages/core/CHANGELOG.md")
    );
    let whole =
        shop.handle.file_at("changeset-release/main", "packages/core/CHANGELOG.md").unwrap();
    assert!(whole.len() > 1_000_000, "the file itself is whole");
    assert!(run.summary.len() < 1_000_000);

    shop.merge();
    let script = shop.script("echo 'New tag: @acme/core@1.1.0'\n");
    let _ = shop.run(&[("publish-script", &script)]).success();
    let notes = shop.handle.release("@acme/core@1.1.0").unwrap().body.unwrap();
    assert!(
        notes.chars().count() <= 125_000 && notes.contains("the whole entry is in the changelog")
    );
}

#[test]
fn what_a_script_prints_is_no_command_and_its_tags_no_paths() {
    let shop = Shop::new(TokenKind::App);
    let script = shop.script(
        "echo '::set-output name=published::true'\necho '::add-mask::swordfish-of-the-script'\necho 'it is swordfish-of-the-script'\necho '::endgroup::'\nprintf '\\377\\376 not text\\n'\necho 'New tag: ../../heads/main@1.0.0'\necho 'New tag: v1.0.0'\necho 'New tag: left-pad@1.0.0'\necho 'New tag: @acme/core@1.0.0;rm'\n",
    );
    let run = shop.run(&[("publish-script", &script)]).success();
    assert!(run.log.contains("it is ***"), "masks of a script count\n{}", run.log);
    assert!(!run.log.contains("swordfish-of-the-script"));
    assert_eq!(shop.handle.branches(), ["main"]);
    assert_eq!(shop.handle.tags(), [""; 0]);
    assert_eq!(run.output("published"), "false");
    let warnings = run.messages("warning").join("\n");
    assert!(
        warnings.contains("`left-pad@1.0.0`") && warnings.contains("passed over"),
        "{warnings}"
    );
}

#[test]
fn the_file_of_a_script_goes_before_what_it_prints() {
    let shop = Shop::new(TokenKind::App);
    let script = shop.script(
        "echo 'a commit says: New tag: @acme/app@1.0.0'\nprintf '{\"type\":\"git-tag\",\"tag\":\"a b\",\"packageName\":\"$(id)\"}\\n{oops\\n\\377\\n{\"type\":\"git-tag\",\"tag\":\"@acme/core@1.0.0\",\"packageName\":\"@acme/core\"}\\n' > \"$CHANGESETS_OUTPUT\"\n",
    );
    let run = shop.run(&[("publish-script", &script)]).exits(4);
    assert_eq!(shop.handle.tags(), ["@acme/core@1.0.0"], "a quotation is no tag");
    assert!(run.messages("warning").iter().any(|text| text.contains("CHANGESETS_OUTPUT")));
    assert!(run.messages("error")[0].contains("git takes no such name"));
    assert_eq!(run.output_json("published-packages")[0]["name"], "@acme/core");
}

#[test]
fn a_base_branch_with_an_odd_name_stays_a_name() {
    let shop = Shop::new(TokenKind::App);
    let base = "fix/$(touch${IFS}pwned)`id`&x=y#z";
    shop.changeset("one", &changeset(&[("@acme/core", "minor")], "A."));
    shop.repo.git(&["push", "-q", "origin", &format!("HEAD:refs/heads/{base}")]);
    let runner = shop.runner().reference(&format!("refs/heads/{base}"));
    let _ = shop.run_on(&runner, &[]).success();
    let pull = shop.handle.pull(1);
    assert_eq!(
        (pull.base.as_str(), pull.head.as_str()),
        (base, &*format!("changeset-release/{base}"))
    );
    shop.fresh_checkout();
    shop.github.forget_requests();
    let _ = shop.run_on(&runner, &[]).success();
    assert_eq!(shop.github.write_lines(), [""; 0]);
}
