use serde_json::json;

use super::*;

fn input(text: &str) -> Result<Value, PayloadError> {
    read(text, Origin::Input).map(Value::Object)
}

#[test]
fn json_yaml_and_json_without_braces_are_read() {
    for (text, value) in [
        ("{\"a\": 1}", json!({"a": 1})),
        ("\u{feff}{\"a\": \"\\ud83d\\ude00\"}", json!({"a": "😀"})),
        ("\"a\": 1,\n\"b\": \"x\",\n", json!({"a": 1, "b": "x"})),
        ("\"a\": 1,\r\n\"b\": [2]", json!({"a": 1, "b": [2]})),
        ("a: x\nb:\n- 1\n- c: d\n", json!({"a": "x", "b": [1, {"c": "d"}]})),
        ("a: x\r\nb: y\r\n", json!({"a": "x", "b": "y"})),
        ("a: |\n  x\n  y: z\n", json!({"a": "x\ny: z\n"})),
        ("{a: 1, b: [x, y]}", json!({"a": 1, "b": ["x", "y"]})),
        ("a: &x {b: 1}\nc: *x\n", json!({"a": {"b": 1}, "c": {"b": 1}})),
        (
            "a: yes\nb: ~\nc: 012\nd: 1_000\ne:\nf: Null\ng: 0x10\nh: 2026-01-02\ni: .inf\nj: TRUE\n",
            json!({"a": "yes", "b": "~", "c": "012", "d": "1_000", "e": "", "f": "Null", "g": "0x10", "h": "2026-01-02", "i": ".inf", "j": "TRUE"}),
        ),
        (
            "a: -1.50\nb: 1e3\nc: null\nd: true\ne: 18446744073709551615\nf: '1'\ng: !!str 1\n",
            json!({"a": -1.5, "b": 1000.0, "c": null, "d": true, "e": u64::MAX, "f": "1", "g": "1"}),
        ),
        ("1: a\ntrue: b\nnull: c\n<<: d\n", json!({"1": "a", "true": "b", "null": "c", "<<": "d"})),
        ("{\"a\": {\"b\": 1}, \"c\": {\"b\": 1}}", json!({"a": {"b": 1}, "c": {"b": 1}})),
    ] {
        assert_eq!(input(text).unwrap(), value, "{text}");
    }
}

#[test]
fn errors_say_where() {
    let bomb: String =
        std::iter::once("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned())
            .chain((1..12).map(|n| {
                format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(", "))
            }))
            .collect();
    let deep = format!("a: {}", "[".repeat(100_000));
    let tower: String = std::iter::once("a0: &a0 x\n".to_owned())
        .chain(
            (1..70)
                .map(|n| format!("a{n}: &a{n} {}*a{}{}\n", "[".repeat(90), n - 1, "]".repeat(90))),
        )
        .collect();
    let dashes = format!("a:\n  {}x", "- ".repeat(20_000));
    let braces = "{\"a\":".repeat(100_000);
    for (text, place, said) in [
        ("{\"a\": 1,\n \"a\": 2}", Some((2, 4)), "key given twice: `a`"),
        ("{\"b\": {\"a\": 1,\n \"a\": 2}}", Some((2, 4)), "key given twice: `a`"),
        ("a: 1\nb: 2\na: 3\n", Some((3, 1)), "key given twice: `a`"),
        ("\"a\": 1,\n\"a\": 2", Some((2, 3)), "key given twice: `a`"),
        ("a: 1\n'a': 3\n", Some((2, 1)), "key given twice: `a`"),
        ("{\"a\": \"x}", None, "EOF"),
        ("a: [1\nb: 2\n", None, ""),
        ("a: *x\n", None, ""),
        ("a: &x [*x]\n", None, ""),
        ("a: !!python/object x\n", Some((1, 20)), "unknown tag"),
        ("a: !x y\n", None, "unknown tag"),
        ("[a, b]: c\n", None, ""),
        ("a: 1\n---\nb: 2\n", None, "more than one document"),
        ("hello", Some((1, 1)), "a text instead of keys and values"),
        ("- a\n", Some((1, 1)), "a list instead"),
        ("12", Some((1, 1)), "a single value"),
        ("# nothing", Some((1, 1)), "nothing instead"),
        (&bomb, None, "too large"),
        (&deep, None, ""),
        (&tower, None, "nested too deeply, with its aliases"),
        (&dashes, None, ""),
        (&braces, None, "recursion limit"),
        ("text: a\nusername: b\n  c: d", None, ""),
    ] {
        let error = input(text).unwrap_err();
        let head: String = text.chars().take(30).collect();
        assert!(error.to_string().contains(said), "{head}: {error}");
        assert!(error.place().is_some(), "{head}: {error}");
        if let Some(place) = place {
            assert_eq!(error.place(), Some(place), "{head}: {error}");
        }
    }
}

#[test]
fn a_file_is_what_its_name_says() {
    assert_eq!(read("a: 1", Origin::File("x.yml")).unwrap().len(), 1);
    assert_eq!(read("a: 1", Origin::File("x.YAML")).unwrap().len(), 1);
    let error = read("a: 1", Origin::File("d/x.json")).unwrap_err();
    assert_eq!(launchway_base::Fault::location(&error).unwrap().to_string(), "d/x.json:1:1");
    assert!(read("a: 1", Origin::File("x.toml")).is_err());
}

#[test]
fn one_of_input_and_file() {
    let load = super::super::load;
    assert!(load(None, None).unwrap().is_none());
    assert!(load(Some(" \n"), None).unwrap().is_none());
    assert!(load(Some("a: 1"), Some(("x.yml", "a: 1"))).is_err());
    assert!(load(None, Some(("x.yml", "a: 1"))).unwrap().is_some());
    assert!(load(None, Some(("x.yml", ""))).is_err());
}
