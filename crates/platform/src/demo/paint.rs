//! Lines, bars and colours for a terminal; plain text for a pipe.

use std::io::IsTerminal;

/// How wide a paragraph is, in cells.
const WIDTH: usize = 84;

/// The number and name of a step.
pub(crate) fn heading(number: usize, title: &str) {
    println!("\n  {}\n", strong(&format!("{number}. {title}")));
}

/// An indented line.
pub(crate) fn line(text: &str) {
    println!("     {text}");
}

/// A text of any length, broken between words.
pub(crate) fn paragraphs(text: &str) {
    for paragraph in text.split('\n').filter(|paragraph| !paragraph.is_empty()) {
        let mut row = String::new();
        for word in paragraph.split(' ') {
            if !row.is_empty() && cells(&row) + 1 + cells(word) > WIDTH {
                line(&row);
                row.clear();
            }
            if !row.is_empty() {
                row.push(' ');
            }
            row.push_str(word);
        }
        line(&row);
        println!();
    }
}

pub(crate) fn strong(text: &str) -> String {
    paint("1", text)
}

pub(crate) fn faint(text: &str) -> String {
    paint("2", text)
}

fn paint(code: &str, text: &str) -> String {
    if std::io::stdout().is_terminal() {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

/// 0 to 100 as twenty cells.
pub(crate) fn bar(value: f64) -> String {
    let full = (value.clamp(0.0, 100.0) / 5.0).round() as usize;
    format!("{}{}", "█".repeat(full), "░".repeat(20 - full))
}

/// Pads to a width in terminal cells.
pub(crate) fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(cells(text))))
}

/// Width in terminal cells: a Hangul syllable takes two.
fn cells(text: &str) -> usize {
    text.chars().map(|c| if ('가'..='힣').contains(&c) { 2 } else { 1 }).sum()
}
