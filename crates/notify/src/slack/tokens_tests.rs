use super::*;

#[test]
fn what_is_escaped_calls_nobody_and_reads_back() {
    assert_eq!(escape("<!channel> a & <b>\u{202e}\u{0}"), "&lt;!channel&gt; a &amp; &lt;b&gt;");
    assert_eq!(unescape(&escape("&lt; <x> &amp;")), "&lt; <x> &amp;");
    assert_eq!(link("a|b\n>", "https://x/?a|b&c>"), "<https://x/?a%7Cb&amp;c%3E|a|b \u{200b}&gt;>");
    assert_eq!(link("<here>", "javascript:alert(1)"), "&lt;here&gt;");
    assert_eq!(
        link("each & is five", &format!("https://x/?{}", "&".repeat(300))),
        "each &amp; is five"
    );
}

#[test]
fn no_piece_is_cut_in_two() {
    assert_eq!(cut_at("&amp;&lt;", 7), 5);
    assert_eq!(cut_at("a<https://x|y z>b", 10), 1);
    assert_eq!(cut_at("😀😀", 3), 4, "UTF-16: one fits");
    assert_eq!(
        cut("<https://x|a b> tail", 12),
        ("", " tail"),
        "a piece that is too long is left out"
    );
    assert_eq!(cut("one two three", 9), ("one two ", "three"));
}

#[test]
fn code_is_closed_and_opened_again() {
    let parts = split(&format!("```\n{}```", "line of code\n".repeat(20)), 100);
    assert!(parts.len() > 2);
    for part in &parts {
        assert!(size(part) <= 100);
        assert!(part.starts_with("```\n") && part.ends_with("\n```"), "{part}");
    }
}
