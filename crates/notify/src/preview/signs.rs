//! The signs of the statuses as drawings, so that a page looks the same where no font has them.

/// A sign and what is drawn for it, on a square of 16.
const SIGNS: &[(&str, &str)] = &[
    ("✅", r##"<rect width="16" height="16" rx="3" fill="#2eb67d"/><path d="M3.5 8.5l3 3 6-7"/>"##),
    ("❌", r##"<path stroke="#e01e5a" stroke-width="3.4" d="M3 3l10 10M13 3L3 13"/>"##),
    (
        "🚫",
        r##"<circle cx="8" cy="8" r="6.6" stroke="#e01e5a"/><path stroke="#e01e5a" d="M3.5 3.5l9 9"/>"##,
    ),
    (
        "⏭️",
        r##"<rect width="16" height="16" rx="3" fill="#1d9bd1"/><path fill="#fff" stroke="none" d="M2.5 4l4.5 4-4.5 4zM7 4l4.5 4L7 12zM12 4h1.6v8H12z"/>"##,
    ),
    (
        "⏳",
        r##"<path stroke="#ecb22e" d="M3.5 1.5h9M3.5 14.5h9M5 2c0 4 6 8 6 12M11 2c0 4-6 8-6 12"/>"##,
    ),
    (
        "🚀",
        r##"<path fill="#1d9bd1" stroke="none" d="M15 1C10 1 6.500 4 5 8l3 3c4-1.500 7-5 7-10z"/><path fill="#e01e5a" stroke="none" d="M4.500 6L1 8.500l3 .5zM10 11.500L7.500 15 7 12zM4.300 9.700L1.500 14.500 6.300 11.700z"/>"##,
    ),
    (
        "📣",
        r##"<path fill="#e01e5a" stroke="none" d="M2 6.500L13 2v11L2 9.500z"/><path stroke="#868686" d="M5 10.500l1 4"/>"##,
    ),
];

/// Escaped text with its signs drawn.
pub(crate) fn draw(html: String) -> String {
    SIGNS.iter().fold(html, |html, (sign, drawing)| {
        let svg = || {
            format!("<svg class=\"sign\" viewBox=\"0 0 16 16\" role=\"img\" aria-label=\"{sign}\">{drawing}</svg>")
        };
        // The drawing's own label is a sign, too, but each sign is replaced once.
        if html.contains(sign) { html.split(sign).collect::<Vec<_>>().join(&svg()) } else { html }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Status;

    #[test]
    fn every_status_has_a_drawing() {
        for status in Status::ALL {
            let drawn = draw(format!("{0} a {0}", status.sign()));
            assert_eq!(drawn.matches("<svg").count(), 2, "{status}");
        }
        assert_eq!(draw("plain".to_owned()), "plain");
    }
}
