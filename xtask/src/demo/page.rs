//! The story as one HTML page: no script, nothing loaded from elsewhere.

use std::fmt::Write as _;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd, html};

use super::chart;
use super::story::{Block, Chapter, Mark, Totals, Traffic};

const STYLE: &str = include_str!("page.css");

/// The whole page.
pub(super) fn render(chapters: &[Chapter], totals: &Totals) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Launchway: a release, from changeset to healthy service</title>\n<style>\n{STYLE}</style>\n{}<main>\n{}<div>\n",
        header(totals),
        contents(chapters)
    );
    for (index, chapter) in chapters.iter().enumerate() {
        page.push_str(&section(index + 1, chapter));
    }
    page.push_str(
        "</div>\n</main>\n<footer>Written by <code>cargo xtask demo</code>. GitHub, the registries and Slack are stand-ins on \
         loopback; the action file, the programs, git and cargo are the real ones.</footer>\n</html>\n",
    );
    page
}

/// Text that stands for itself.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn header(totals: &Totals) -> String {
    let figures = [
        (totals.chapters.to_string(), "chapters"),
        (totals.github.to_string(), "requests to GitHub"),
        (totals.registries.to_string(), "requests to registries"),
        (totals.writes.to_string(), "of them writes"),
        (format!("{:.1} s", totals.took.as_secs_f64()), "for all of it"),
    ];
    let figures = figures.iter().fold(String::new(), |mut items, (figure, what)| {
        let _infallible = write!(items, "<li><b>{figure}</b><span>{what}</span></li>");
        items
    });
    format!(
        "<header>\n<h1>A release, from changeset to healthy service</h1>\n\
         <p>One repository with npm packages and Rust crates. The release action opens the version pull request, keeps it \
         up to date, and publishes, tags and releases what was merged. It is killed on the way, and heals itself. At the end a \
         changelog is made from the history, an image gets its tags, is promoted and taken back, a health check tells when \
         the service serves what was released, and the team is told in one message.</p>\n\
         <ul class=\"figures\">{figures}</ul>\n\
         <div class=\"legend\"><span><i></i>read</span><span><i class=\"write\"></i>write at GitHub or Slack</span>\
         <span><i class=\"registry\"></i>published to a registry</span><span><i class=\"failed\"></i>the run was killed here</span></div>\n</header>\n"
    )
}

fn contents(chapters: &[Chapter]) -> String {
    let items = chapters.iter().enumerate().fold(String::new(), |mut items, (index, chapter)| {
        let class = if chapter.is_killed() { " class=\"killed\"" } else { "" };
        let _infallible = writeln!(
            items,
            "<li><a{class} href=\"#c{}\">{}</a></li>",
            index + 1,
            markdown_line(&chapter.title)
        );
        items
    });
    format!("<nav aria-label=\"Chapters\"><ol>\n{items}</ol></nav>\n")
}

fn section(number: usize, chapter: &Chapter) -> String {
    let title = markdown_line(&chapter.title);
    let mut text = format!(
        "<section id=\"c{number}\">\n<h2><span class=\"n\">{number}</span><span>{title}</span></h2>\n"
    );
    for block in &chapter.blocks {
        let block = match block {
            Block::Say(words) => format!("<p class=\"say\">{}</p>\n", markdown_line(words)),
            Block::Verbatim { title, text } => {
                figure(&caption(title, None), &format!("<pre>{}</pre>", escape(text.trim_end())))
            }
            Block::Markdown { title, mark, text } => figure(
                &caption(title, *mark),
                &format!("<div class=\"text\">{}</div>", markdown(text)),
            ),
            Block::Message { title, page, lines } => figure(
                &caption(title, None),
                // No script means no height of its own: that of so many lines is near enough.
                &format!(
                    "<iframe sandbox title=\"{}\" height=\"{}\" srcdoc=\"{}\"></iframe>",
                    escape(title),
                    lines * 18 + 50,
                    escape(page)
                ),
            ),
            Block::Traffic(seen) => traffic(seen),
        };
        text.push_str(&block);
    }
    text.push_str("</section>\n");
    text
}

fn figure(caption: &str, content: &str) -> String {
    format!("<figure>\n<figcaption>{caption}</figcaption>\n{content}\n</figure>\n")
}

fn caption(title: &str, mark: Option<Mark>) -> String {
    let badge = match mark {
        None => "",
        Some(Mark::Open) => "<span class=\"badge\">open</span>",
        Some(Mark::Release) => "<span class=\"badge tag\">release</span>",
        Some(Mark::Killed) => "<span class=\"badge killed\">killed</span>",
    };
    format!("{badge}<strong>{}</strong>", escape(title))
}

fn traffic(seen: &[Traffic]) -> String {
    let strip = seen.iter().fold(String::new(), |mut strip, one| {
        let title = escape(&format!("{} {}", one.method, one.path));
        let _infallible = write!(strip, "<i class=\"{}\" title=\"{title}\"></i>", one.class());
        strip
    });
    let rows = seen.iter().fold(String::new(), |mut rows, one| {
        let status = if one.status == 0 { "–".to_owned() } else { one.status.to_string() };
        let _infallible = writeln!(
            rows,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{status}</td></tr>",
            one.to,
            one.method,
            escape(&one.path)
        );
        rows
    });
    let writes = seen.iter().filter(|one| one.is_write).count();
    format!(
        "<details class=\"traffic\"><summary><span class=\"strip\">{strip}</span><span>{} requests, {writes} of them writes</span></summary>\n\
         <table><thead><tr><th>to</th><th></th><th>path</th><th>status</th></tr></thead><tbody>\n{rows}</tbody></table></details>\n",
        seen.len()
    )
}

/// One line of Markdown, without a paragraph around it.
fn markdown_line(text: &str) -> String {
    let html = markdown(text);
    html.trim().trim_start_matches("<p>").trim_end_matches("</p>").to_owned()
}

/// Markdown as GitHub shows it; a mermaid flowchart becomes a drawing.
fn markdown(text: &str) -> String {
    let mut events = Vec::new();
    let mut flowchart: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_GFM) {
        match (event, &mut flowchart) {
            (Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))), None)
                if language.as_ref() == "mermaid" =>
            {
                flowchart = Some(String::new());
            }
            (Event::Text(text), Some(source)) => source.push_str(&text),
            (Event::End(TagEnd::CodeBlock), Some(source)) => {
                let drawing = format!("<div class=\"chart\">{}</div>\n", chart::svg(source));
                events.push(Event::Html(CowStr::from(drawing)));
                flowchart = None;
            }
            (event, _) => events.push(event),
        }
    }
    let mut out = String::new();
    html::push_html(&mut out, events.into_iter());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_cannot_become_markup() {
        let page = figure(
            &caption("<b>", Some(Mark::Open)),
            &format!("<pre>{}</pre>", escape("</pre><script>")),
        );
        assert!(!page.contains("<script>") && !page.contains("<b>"), "{page}");
    }

    #[test]
    fn flowcharts_are_drawn_and_tables_are_tables() {
        let html =
            markdown("| a |\n| --- |\n| b |\n\n```mermaid\nflowchart LR\n  n0[\"x 1.0.0\"]\n```\n");
        assert!(html.contains("<table>") && html.contains("<svg"), "{html}");
        assert_eq!(markdown_line("on `main`"), "on <code>main</code>");
    }
}
