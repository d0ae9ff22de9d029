//! A whole document: its policy, style and script, and no character that moves others.
//!
//! The policy names style and script by their digests. Whatever else got into a page could neither
//! run nor fetch anything.

use aws_lc_rs::digest::{SHA256, digest};
use base64::prelude::{BASE64_STANDARD, Engine};
use cluster::draw::{STYLE as PICTURE, printable};
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("../assets/page.css");
const SCRIPT: &str = include_str!("../assets/page.js");

/// What makes a picture fill a page that holds nothing else.
const ALONE: &str = "body { margin: 0 } main { overflow-x: auto } \
    h1 { position: absolute; clip-path: inset(50%) } \
    svg { display: block; width: 100%; min-width: 46rem; max-width: 76rem; height: auto }";

/// A page with style and script.
pub(crate) fn whole(title: &str, body: &Markup) -> String {
    let script = html! { script { (PreEscaped(SCRIPT)) } };
    let styles = [PICTURE, STYLE];
    document(title, &styles, Some(SCRIPT), &html! { (body) (script) })
}

/// A page that holds a whole picture, which brings its own style.
pub(crate) fn picture(title: &str, picture: &Markup) -> String {
    let own = format!("\n{PICTURE}");
    let policy = policy(&[ALONE, &own], None);
    let body = html! { main tabindex="0" { h1 { (title) } (picture) } };
    finished(title, &policy, &[ALONE], &body)
}

fn document(title: &str, styles: &[&str], script: Option<&str>, body: &Markup) -> String {
    finished(title, &policy(styles, script), styles, body)
}

fn finished(title: &str, policy: &str, styles: &[&str], body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title) }
                @for style in styles { style { (PreEscaped(style)) } }
            }
            body { (body) }
        }
    };
    clean(&page.into_string())
}

fn policy(styles: &[&str], script: Option<&str>) -> String {
    let digests = |texts: &[&str]| -> String {
        let quoted = texts.iter().map(|text| format!(" '{}'", hashed(text)));
        quoted.collect()
    };
    let script = script.map_or(" 'none'".to_owned(), |script| digests(&[script]));
    format!(
        "default-src 'none'; style-src{}; script-src{script}; base-uri 'none'; form-action 'none'",
        digests(styles)
    )
}

fn hashed(text: &str) -> String {
    let digest = digest(&SHA256, text.as_bytes());
    format!("sha256-{}", BASE64_STANDARD.encode(digest.as_ref()))
}

/// The page without characters that would let others stand elsewhere than where they are.
fn clean(page: &str) -> String {
    let lines: Vec<String> = page.lines().map(printable).collect();
    lines.join("\n") + "\n"
}
