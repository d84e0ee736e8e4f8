//! What these templates give was taken from handlebars.js 4.7.9, in the context of the other tests.

use super::tests::{check, context};
use super::*;

fn error(template: &str) -> String {
    render(template, &context()).unwrap_err().to_string()
}

#[test]
fn partials_and_raw_blocks_give_what_handlebars_gives() {
    check(TEMPLATES);
}

#[test]
fn errors_name_what_is_missing() {
    for (template, expected) in [
        ("{{> part}}", "there is no partial part"),
        ("{{> (lookup obj 'a')}}", "there is no partial A"),
        ("{{> @partial-block}}", "there is no partial @partial-block"),
        ("{{* shout}}", "there is no decorator shout"),
        ("{{#> p}}a{{else}}b{{/p}}", "`p` cannot have an `else`"),
        ("{{#> p}}a{{/q}}", "`p` is closed by `q`"),
        ("{{#*inline 'p'}}a", "`inline` is not closed"),
        ("{{{{raw}}}}a{{{{/war}}}}", "`raw` is closed by `war`"),
        ("{{{{raw}}}}a", "`raw` is not closed"),
        ("{{> p a b}}", "a partial takes one context"),
    ] {
        let found = error(template);
        assert!(found.contains(expected), "{template}: {found}");
    }
}

#[test]
fn a_partial_that_calls_itself_is_an_error() {
    for template in [
        "{{#*inline 'p'}}{{> p}}{{/inline}}{{> p}}",
        "{{#*inline 'p'}}{{> p}}{{> p}}{{/inline}}{{> p}}",
        "{{#*inline 'p'}}{{> q}}{{/inline}}{{#*inline 'q'}}{{> p}}{{/inline}}{{> p}}",
        "{{#*inline 'p'}}{{#if @root.yes}}{{#each @root.list}}{{#> p}}x{{/p}}{{/each}}{{/if}}{{/inline}}{{> p}}",
        "{{#*inline 'p'}}{{#> p}}{{> @partial-block}}{{/p}}{{/inline}}{{#> p}}x{{/p}}",
        "{{#*inline 'p'}}{{#if (lookup (lookup @root 'obj') 'a')}}{{#> p}}x{{/p}}{{/if}}{{/inline}}{{> p}}",
    ] {
        let found = error(template);
        assert!(found.contains("nested more than 150 deep"), "{template}: {found}");
    }
}

#[test]
fn partials_may_call_each_other_a_hundred_deep() {
    let chain: Vec<_> = (0..100)
        .map(|at| format!("{{{{#*inline 'p{at}'}}}}{at} {{{{> p{}}}}}{{{{/inline}}}}", at + 1))
        .collect();
    let template =
        format!("{}{{{{#*inline 'p100'}}}}end{{{{/inline}}}}{{{{> p0}}}}", chain.concat());
    assert!(render(&template, &context()).unwrap().ends_with(" 98 99 end"));
}

#[test]
fn partials_that_call_ever_more_partials_are_an_error() {
    let chain: Vec<_> = (0..40)
        .map(|at| {
            format!("{{{{#*inline 'p{at}'}}}}{{{{> p{0}}}}}{{{{> p{0}}}}}{{{{/inline}}}}", at + 1)
        })
        .collect();
    let template = format!("{}{{{{#*inline 'p40'}}}}x{{{{/inline}}}}{{{{> p0}}}}", chain.concat());
    assert!(error(&template).contains("it calls more than 10000 partials"));
}

const TEMPLATES: &[(&str, Option<&str>)] = &[
    ("{{{branch}}}}", None),
    ("{{#*inline 'p'}}[{{branch}}]{{/inline}}{{> p}}", Some("[a&amp;b]")),
    ("{{#*inline 'p'}}x{{/inline}}{{#with obj}}{{> p}}{{/with}}", Some("x")),
    ("{{* d}}", None),
    ("{{*inline 'x'}}a{{> x}}", None),
    ("{{*inline 'x'}}a", Some("a")),
    ("{{#*d 'x'}}a{{/d}}", None),
    ("{{#if no}}{{#*d 'x'}}a{{/d}}{{/if}}", None),
    ("{{#*inline 'l'}}<{{> nav}}>{{/inline}}{{#> l}}{{#*inline 'nav'}}N{{/inline}}{{/l}}", None),
    (
        "{{#*inline 'l'}}<{{> @partial-block}}>{{/inline}}{{#> l}}x{{branch}}{{/l}}",
        Some("<xa&amp;b>"),
    ),
    (
        "{{#*inline 'l'}}<{{#if @partial-block}}{{> @partial-block}}{{else}}none{{/if}}>{{/inline}}{{#> l}}x{{/l}}{{> l}}",
        Some("<x><none>"),
    ),
    ("{{#*inline 'l'}}{{@partial-block}}{{/inline}}{{#> l}}x{{branch}}{{/l}}", Some("x")),
    ("{{> (lookup . 'branch')}}", Some("a&b")),
    ("{{#*inline branch}}x{{/inline}}{{> undefined}}", Some("x")),
    ("{{#with obj as |o|}}{{#*inline 'p'}}{{o.a}}{{/inline}}{{> p}}{{/with}}", None),
    ("{{> p a b}}", None),
    ("{{#*inline 'p' as |x|}}{{x}}{{/inline}}{{> p}}", Some("")),
    ("{{> p}}", None),
    ("{{#> p}}a{{else}}b{{/p}}", None),
    ("{{#*inline 'p'}}a{{else}}b{{/inline}}{{> p}}", None),
    ("{{{{branch}}}}\n {{x}} \n{{{{/branch}}}}\nz", Some(" {{x}} \nz")),
    ("{{{{raw}}}} {{x}} {{{{/raw}}}}", Some("")),
    ("{{{{branch}}}}{{{{a}}}}x{{{{/a}}}}{{{{/branch}}}}", Some("{{{{a}}}}x{{{{/a}}}}")),
    ("{{#*inline 'p'}}a\nb\n{{/inline}}\n  {{> p}}\nz", Some("  a\n  b\nz")),
    ("{{#*inline 'p'}}\na\nb\n{{/inline}}\n  {{> p}}\nz", Some("  a\n  b\nz")),
    ("{{#*inline 'p'}}a{{/inline}}{{> p as |x|}}", None),
    ("{{{{if yes}}}}a{{{{/if}}}}", Some("a")),
    ("{{#*inline 'p'}}{{#if branch}}{{x}}{{/if}}{{/inline}}{{> p obj x=1}}", Some("")),
    ("{{#*inline 'p'}}{{a}}{{x}}{{../branch}}{{/inline}}{{> p obj x=1}}", Some("A1")),
    ("{{#*inline}}a{{/inline}}{{> undefined}}", Some("a")),
    (
        "{{#*inline 'p'}}{{#if yes}}{{#each list}}{{#with ..}}{{> p}}{{/with}}{{/each}}{{/if}}{{/inline}}{{> p}}",
        None,
    ),
    ("{{#*inline 'p'}}{{#> p}}{{> @partial-block}}{{/p}}{{/inline}}{{#> p}}x{{/p}}", None),
    (
        "{{#*inline 'p'}}{{#if @partial-block}}{{#> p}}{{/p}}{{/if}}{{/inline}}{{#> p}}x{{/p}}",
        Some(""),
    ),
    ("{{{{a", None),
    ("{{{{a}}}}", None),
    ("{{{{a}}}}{{{{/a", None),
    ("{{{{a}}}}{{{{/b}}}}", None),
    ("{{{{a}}}}é{{{{é{{{{/a}}}}{{{{/a}}}}", Some("")),
    ("{{>", None),
    ("{{> ", None),
    ("{{#>", None),
    ("{{#>}}", None),
    ("{{#*", None),
    ("{{*", None),
    ("{{*}}", None),
    ("{{> (", None),
    ("{{> ()}}", None),
    ("{{>p", None),
    ("{{#> p}}", None),
    ("{{{{1}}}}x{{{{/1}}}}", None),
    ("{{{{true}}}}x{{{{/true}}}}", None),
    ("{{{{'branch'}}}}x{{{{/branch}}}}", Some("x")),
    ("{{{{branch}}}}}x{{{{/branch}}}}", Some("}x")),
    ("{{{{ branch }}}}x{{{{/branch}}}}", Some("x")),
    ("{{{{branch}}}}x{{{{/ branch}}}}", None),
    ("{{{{this.branch}}}}x{{{{/this.branch}}}}", None),
    ("{{{{each list as |x|}}}}x{{{{/each}}}}", None),
    ("{{{{~branch}}}}x{{{{/branch}}}}", None),
    ("{{{{branch~}}}}x{{{{/branch}}}}", None),
    ("\\{{{{branch}}}}x{{{{/branch}}}}", None),
    ("\\\\{{{{branch}}}}x{{{{/branch}}}}", Some("\\x")),
    ("{{{{>p}}}}x{{{{/p}}}}", None),
    ("{{{{#branch}}}}x{{{{/branch}}}}", None),
    ("{{#> p}}{{/q}}", None),
    ("{{> p.q}}", None),
    ("{{> ../p}}", None),
    ("{{> 1}}", None),
    ("{{#*inline 1}}x{{/inline}}{{> 1}}", Some("x")),
    ("{{#*inline true}}x{{/inline}}{{> true}}", Some("x")),
    ("{{#*inline '@partial-block'}}x{{/inline}}{{> @partial-block}}", Some("x")),
    ("{{#*'inline' 'p'}}x{{/inline}}{{> p}}", Some("x")),
    ("{{#*[inline] 'p'}}x{{/inline}}{{> p}}", Some("x")),
    ("{{#*inline 'p'}}x{{/inline}}{{#inline}}{{/inline}}", Some("")),
    ("{{#*inline 'a b/c'}}x{{/inline}}{{> [a b/c]}}{{> 'a b/c'}}", Some("xx")),
    ("{{#*inline 'a/b'}}x{{/inline}}{{> a/b}}{{> a.b}}", None),
    ("{{#*inline 'a/b'}}x{{/inline}}{{> a/b}}", Some("x")),
    ("{{> p x=1 obj}}", None),
    ("{{#*inline 'p'}}{{x}}{{/inline}}{{> p x=1 x=2}}", Some("1")),
    ("{{#*inline 'p'}}{{0}}{{1}}{{x}}{{/inline}}{{> p 'ab' x=1}}", Some("ab1")),
    ("{{#*inline 'p'}}{{this}}{{../branch}}{{/inline}}{{> p 'ab'}}", Some("ab")),
    (
        "{{#*inline 'p'}}{{this}}{{/inline}}{{> p null}}{{> p missing}}{{> p 1}}{{> p zero}}",
        Some("10"),
    ),
    (
        "{{#*inline 'p'}}{{#if yes}}y{{/if}}{{#if (lookup @root 'yes')}}{{this}}{{/if}}{{/inline}}{{> p missing}}",
        Some("[object Object]"),
    ),
    ("{{~> p}}", None),
    ("a {{~#*inline 'p'~}} x {{~/inline~}} b {{~> p~}} c", Some("abxc")),
    (
        "{{#each list}}{{#*inline 'p'}}{{this}}{{@index}}{{/inline}}{{> p}}{{/each}}",
        Some("x0&lt;y&gt;1"),
    ),
    ("{{#each list as |v|}}{{#*inline 'p'}}{{v}}{{/inline}}{{> p}}{{/each}}", None),
    ("{{#*inline 'p'}}{{@index}}{{/inline}}{{#each list}}{{> p}}{{/each}}", Some("01")),
    ("{{#*inline 'p'}}a{{/inline}}{{#*inline 'p'}}b{{/inline}}{{> p}}", Some("b")),
    ("{{> p}}{{#*inline 'p'}}a{{/inline}}", Some("a")),
    ("{{#if yes}}{{#*inline 'p'}}a{{/inline}}{{/if}}{{> p}}", None),
    (
        "{{#*inline 'p'}}a{{/inline}}{{#if yes}}{{#*inline 'p'}}b{{/inline}}{{> p}}{{/if}}{{> p}}",
        Some("ba"),
    ),
    ("{{#*inline 'p'}}{{#*inline 'q'}}in{{/inline}}{{> q}}{{/inline}}{{> p}}", Some("in")),
    ("{{#*inline 'p'}}{{> q}}{{/inline}}{{#*inline 'q'}}x{{/inline}}{{> p}}", Some("x")),
    (
        "{{#*inline 'p'}}{{> q}}{{/inline}}{{#if yes}}{{#*inline 'q'}}x{{/inline}}{{> p}}{{/if}}",
        Some("x"),
    ),
    ("{{> (lookup obj 'a')}}", None),
    ("{{#*inline 'A'}}x{{/inline}}{{> (lookup obj 'a')}}", Some("x")),
    ("{{#*inline 'YYYY'}}x{{/inline}}{{> (fmt)}}", None),
    ("{{#> (lookup obj 'a')}}fb{{/undefined}}", Some("fb")),
    ("{{#> (lookup obj 'a')}}fb{{/lookup}}", None),
    ("{{#*inline 'a&b'}}<x>{{/inline}}{{> (branch)}}", Some("<x>")),
    ("{{> (empty)}}", None),
    ("{{#> p}}1{{#> q}}2{{> @partial-block}}{{/q}}3{{/p}}", None),
    (
        "{{#*inline 'p'}}<{{> @partial-block}}>{{/inline}}{{#> p}}1{{#> p}}2{{/p}}3{{/p}}",
        Some("<1<2>3>"),
    ),
    (
        "{{#*inline 'p'}}<{{> @partial-block}}>{{/inline}}{{#*inline 'q'}}[{{#> p}}{{> @partial-block}}{{/p}}]{{/inline}}{{#> q}}x{{/q}}",
        Some("[<x>]"),
    ),
    ("{{#*inline 'p'}}<{{> @partial-block}}>{{/inline}}{{> p}}", None),
    (
        "{{#*inline 'p'}}{{#> @partial-block}}fb{{/@partial-block}}{{/inline}}{{> p}}{{#> p}}x{{/p}}",
        Some("fbx"),
    ),
    ("{{> @partial-block}}", None),
    (
        "{{#*inline 'p'}}\n  {{> @partial-block}}\n{{/inline}}\n {{#> p}}\nx\ny\n {{/p}}\nz",
        Some("  x\n  y\nz"),
    ),
    ("x\n  {{> (lookup . 'branch')}}\ny", Some("x\n  a&by")),
    ("{{#*inline 'p'}}a\n\nb{{/inline}}\n\t {{> p}}  \nz", Some("\n\t a\n\t \n\t bz")),
    ("{{#*inline 'p'}}a\nb{{/inline}} {{> p}} x", Some(" a\nb x")),
    ("{{#*inline 'p'}}\r\na\r\nb\r\n{{/inline}}\r\n  {{> p}}\r\nz", Some("  a\r\n  b\r\nz")),
    ("{{#> p}}x{{/p}}", Some("x")),
    ("{{#*inline 'a'}}x{{/inline}}", Some("")),
    (
        "{{#*inline 'p'}}{{#each this}}{{@key}}{{this}}{{/each}}{{/inline}}{{> p missing x=1 y=2 x=3}}",
        Some("x1y2"),
    ),
    (
        "{{#*inline 'p'}}{{#each this}}{{@key}}{{/each}}{{/inline}}{{> p obj x=1 a=2 y=3}}",
        Some("abfyx"),
    ),
    ("{{#if no}}{{#if yes}}{{* d}}{{/if}}{{/if}}", Some("")),
    (
        "{{#with obj}}{{#*inline 'p'}}{{../branch}}{{a}}{{/inline}}{{> p}}{{/with}}",
        Some("a&amp;bA"),
    ),
    (
        "{{#each list as |v i|}}{{#with @root.obj as |o|}}{{#*inline 'p'}}{{o}}{{/inline}}{{> p}}{{/with}}{{/each}}",
        Some("x&lt;y&gt;"),
    ),
    ("{{#> p}}{{#*inline 'q'}}x{{/inline}}{{> q}}{{/p}}", Some("x")),
    (
        "{{#*inline 'p'}}{{#if @partial-block}}y{{else}}n{{/if}}{{/inline}}{{> p}}{{#> p}}x{{/p}}{{#> p}}{{/p}}",
        Some("nyn"),
    ),
    ("{{{{list}}}}{{.}}{{{{/list}}}}", Some("{{.}}{{.}}")),
    ("x\n{{{{branch}}}}\ny\n{{{{/branch}}}}\nz", Some("x\ny\nz")),
    ("{{{{branch}}}}\\{{x}}{{{{/branch}}}}", Some("\\{{x}}")),
    ("{{> p", None),
    ("{{branch}}}}", None),
    ("{{{branch~}}}}", None),
];
